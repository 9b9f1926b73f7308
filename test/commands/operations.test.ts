import { writeFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { endOf, localSite, TICKER, type LocalSite } from "../helpers/local-site.ts";

let site: LocalSite;
beforeEach(async () => {
  site = await localSite();
});
afterEach(async () => {
  await site.rewrite(TICKER);
  await site.smc("stop all --yes");
});

const RUN = /\d{8}T\d{6}-[0-9a-f]{4}/;

describe("smc history", () => {
  it("lists what was done, newest first, and shows every step of a run", async () => {
    expect((await site.smc("history")).err).toBe("nothing was done yet\n");
    await site.smc("start ticker");
    await site.smc("stop ticker one");
    const { out } = await site.smc("history");
    const [, newest = "", oldest = ""] = out.split("\n");
    expect(newest).toMatch(/lab +\S+@\S+ +stop ticker one +done +1 +0 /);
    expect(oldest).toMatch(/start ticker +done +4 +0 /);
    const run = RUN.exec(oldest)?.[0] ?? "";
    const shown = await site.smc(`history show ${run}`);
    expect(shown.out).toContain(`run ${run}: smc start ticker\n`);
    expect(shown.out).toMatch(/ start ticker@one: changed \(/);
    const { runs } = JSON.parse((await site.smc("history --json --lines 1")).out);
    expect(runs).toEqual([
      expect.objectContaining({ deployment: "lab", outcome: "done", command: ["stop", "ticker", "one"] }),
    ]);
  });

  it("shows what a log said of a program that did not answer", async () => {
    await site.rewrite("sh -c 'echo waits for its tape; exec sleep 100'");
    const path = join(site.directory, "conf/services.yaml");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace("{ at:", `{ ready: { command: "false" }, at:`));
    expect((await site.smc("start ticker one --timeout 2s")).code).toBe(ExitCode.Failed);
    const run = RUN.exec((await site.smc("history --lines 1")).out)?.[0] ?? "";
    expect((await site.smc(`history show ${run}`)).out).toMatch(
      / {2}\| \S+ of one ends with:\n {2}\| waits for its tape\n/,
    );
  });

  it("names a run that is not there", async () => {
    expect(await site.smc("history show 20260101T000000-0000")).toMatchObject({
      code: ExitCode.Usage,
      err: expect.stringContaining("there is no run 20260101T000000-0000"),
    });
  });
});

describe("smc plan and smc apply", () => {
  it("carries out a plan file, and refuses it when the world has changed since", async () => {
    await site.smc("start ticker");
    const planned = await site.smc("plan restart ticker --rolling -o restart.json");
    expect(planned.err).toBe("wrote restart.json: 6 steps\nnext: smc apply restart.json\n");
    const { command } = JSON.parse(await readFile(join(site.directory, "restart.json"), "utf8"));
    expect(command).toEqual(["restart", "ticker", "--rolling"]);
    expect((await site.smc("apply restart.json --dry-run")).code).toBe(ExitCode.Done);
    expect((await site.smc("apply restart.json")).err).toContain("done: 2 changed");
    const again = await site.smc("apply restart.json");
    expect(again.code).toBe(ExitCode.Refused);
    expect(again.err).toContain("ticker@one was started again since");
    await site.smc("stop ticker two");
    const third = await site.smc("apply restart.json");
    expect(third.err).toContain("ticker@two was running, is stopped");
  });

  it("refuses when the services file says something else of what the plan is about", async () => {
    await site.smc("plan start ticker -o start.json");
    await site.rewrite("sleep 60");
    const refused = await site.smc("apply start.json");
    expect(refused.code).toBe(ExitCode.Refused);
    expect(refused.err).toContain("the services file, or what smc makes of it, is another");
    expect((await site.smc("history")).out).toBe("");
  });

  it("refuses a file that is no plan, and a verb that cannot be planned", async () => {
    await writeFile(join(site.directory, "x.json"), '{"version":1}');
    expect(await site.smc("apply x.json")).toMatchObject({
      code: ExitCode.Usage,
      err: "error: x.json is no plan of smc\nnext: smc plan VERB … -o FILE  writes one\n",
    });
    await writeFile(join(site.directory, "x.json"), "services: {}\n");
    expect((await site.smc("apply x.json")).err).toMatch(
      /is no plan of smc: it is not JSON\n.*\nnext: smc plan/,
    );
    expect((await site.smc("apply no.json")).err).toContain("the plan cannot be read");
    expect((await site.smc("plan strat ticker")).err).toContain("Allowed choices are install, start");
  });
});

describe("smc resume", () => {
  it.each([4, 7, 10, 12])(
    "after kill -9 at record %i: the same end, no completed step repeated",
    async records => {
      await site.smc("start ticker");
      const before = await site.countRecords();
      const child = site.spawn("restart", "ticker", "--yes");
      const ended = endOf(child);
      await expect
        .poll(site.countRecords, { interval: 2, timeout: 20_000 })
        .toBeGreaterThanOrEqual(before + records);
      child.kill("SIGKILL");
      expect((await ended).code).toBeNull();
      expect((await site.smc("history")).out).toMatch(/restart ticker --yes +died/);
      const resumed = await site.smc("resume");
      expect(resumed).toMatchObject({ code: ExitCode.Done });
      const changed = (await site.readNewest()).flatMap(({ type, step, outcome }) =>
        type === "step-ended" && (outcome as { kind: string }).kind === "changed" ? [step] : [],
      );
      expect(changed).toHaveLength(new Set(changed).size);
      expect((await site.smc("status --json")).code).toBe(0);
      expect(await site.smc("resume")).toMatchObject({
        code: ExitCode.Usage,
        err: expect.stringContaining("is done"),
      });
    },
    60_000,
  );

  it("goes on after Ctrl-C, which finished the step under way and started no more", async () => {
    await site.smc("start ticker");
    const before = await site.countRecords();
    const child = site.spawn("restart", "ticker", "--yes");
    const ended = endOf(child);
    await expect.poll(site.countRecords, { interval: 2, timeout: 20_000 }).toBeGreaterThanOrEqual(before + 3);
    child.kill("SIGINT");
    const { code, err } = await ended;
    expect(code).toBe(ExitCode.Interrupted);
    expect(err).toMatch(/smc resume/);
    const left = await site.smc("resume --dry-run");
    expect(left.out).toContain("restart ticker@two");
    const resumed = await site.smc("resume");
    expect(resumed.err).toContain("done:");
    expect((await site.smc("history --lines 1")).out).toMatch(/restart ticker --yes +done/);
  }, 60_000);

  it("does not carry an old plan out over what a later run changed", async () => {
    await site.rewrite("false");
    expect((await site.smc("start ticker")).code).toBe(ExitCode.Failed);
    const run = RUN.exec((await site.smc("history --lines 1")).out)?.[0] ?? "";
    await site.rewrite(TICKER);
    expect((await site.smc("start ticker")).code).toBe(ExitCode.Done);
    expect(await site.smc(`resume ${run}`)).toMatchObject({
      code: ExitCode.Refused,
      err: expect.stringMatching(/was overtaken: run \S+ \(smc start ticker\) changed lab since/),
    });
    expect((await site.smc("status")).code).toBe(0);
  });

  it("goes on although a later run did the same: it brought back what had stopped this one", async () => {
    await site.rewrite(
      "sh -c 'test -e may-live || exit 1; trap \"exit 0\" TERM; while :; do sleep 0.05; done'",
    );
    expect((await site.smc("start ticker")).code).toBe(ExitCode.Failed);
    const run = RUN.exec((await site.smc("history --lines 1")).out)?.[0] ?? "";
    expect((await site.smc("start ticker one")).code).toBe(ExitCode.Failed);
    expect((await site.smc(`resume ${run}`)).code).toBe(ExitCode.Failed);
  });

  it("says so when there is nothing to resume", async () => {
    expect((await site.smc("resume")).err).toContain("there is no run to resume");
    expect((await site.smc("resume 20260101T000000-0000")).err).toContain("there is no run 2026");
  });
});

describe("the lock of a deployment", () => {
  it("lets one of two commands proceed; the other exits 4 and names it", async () => {
    const children = [site.spawn("start", "ticker"), site.spawn("start", "ticker")];
    const ends = await Promise.all(children.map(endOf));
    const codes = ends.map(({ code }) => code ?? -1).sort((one, other) => one - other);
    const loser = ends.find(({ code }) => code === ExitCode.Locked);
    // The slower one may come when the first has ended: then it finds all done.
    expect([
      [0, 0],
      [0, 4],
    ]).toContainEqual(codes);
    expect(loser?.err ?? "is at work on lab: smc start ticker").toContain(
      "is at work on lab: smc start ticker",
    );
  }, 60_000);

  it("is kept by a process that lives, and taken from it only by force", async () => {
    await site.rewrite("sh -c \"trap '' TERM; while :; do sleep 0.1; done\"");
    await site.smc("start ticker one");
    const before = await site.countRecords();
    const child = site.spawn("stop", "ticker", "one", "--timeout", "8s", "--yes");
    const ended = endOf(child);
    await expect.poll(site.countRecords, { interval: 5, timeout: 20_000 }).toBeGreaterThanOrEqual(before + 3);
    const refused = await site.smc("unlock");
    expect(refused).toMatchObject({
      code: ExitCode.Refused,
      err: expect.stringContaining(`process ${child.pid} on`),
    });
    expect(await site.smc("stop ticker")).toMatchObject({ code: ExitCode.Usage });
    expect((await site.smc("stop ticker --yes")).code).toBe(ExitCode.Locked);
    expect(await site.smc("unlock --force --yes")).toMatchObject({ code: ExitCode.Done });
    expect((await ended).code).toBe(ExitCode.Done);
    expect((await site.smc("unlock")).err).toBe("lab is not locked\n");
  }, 60_000);
});
