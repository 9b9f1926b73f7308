import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ExitCode, StatusExitCode } from "../../src/base/exit-code.ts";
import { smc, type SmcResult } from "../helpers/smc.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

/** Real processes of this machine: two instances of a service that only waits. */
const FILE = `smc: 1
deployments:
  here:
    site: localhost
    transport: local
    machines:
      m1: {dc: DC0, vpn: 127.0.0.1}
      m2: {dc: DC0, vpn: 127.0.0.2}
    services:
      waiter:
        at: [m1, m2]
        command: [sleep, "600"]
        ready: {command: ["true"]}
`;

let directory = "";
const run = (line: string): Promise<SmcResult> => smc(line, { directory });

beforeEach(async () => {
  directory = await temporaryFolder();
  await writeFile(join(directory, "services.yaml"), FILE);
});
afterEach(async () => {
  await run("-f services.yaml stop all --yes --allow-loss");
});

describe("the verbs of services on real processes", { timeout: 60_000 }, () => {
  it("says that hosts and --on have nothing in common, not that neither has the service", async () => {
    const { code, err } = await run("-f services.yaml start waiter m1 --on m2");
    expect([code, err]).toEqual([
      ExitCode.Usage,
      expect.stringContaining("waiter has no instance on m1 that is also --on m2 in here"),
    ]);
  });

  it("starts what is stopped, leaves alone what runs, and stops it", async () => {
    expect((await run("-f services.yaml status")).code).toBe(StatusExitCode.NotAllRunning);
    const first = await run("-f services.yaml start waiter");
    expect(first.err).toContain("start waiter@m1: changed");
    expect(first.code).toBe(ExitCode.Done);
    const pids = await pidsOf();
    const again = await run("-f services.yaml start waiter");
    expect(again.err).toContain("start waiter@m1: unchanged");
    expect(again.code).toBe(ExitCode.Done);
    expect(await pidsOf()).toEqual(pids);
    expect((await run("-f services.yaml status")).code).toBe(StatusExitCode.AllRunning);
    expect((await run("-f services.yaml stop waiter --yes")).code).toBe(ExitCode.Done);
    expect(await pidsOf()).toEqual([undefined, undefined]);
  });

  it("restarts each instance, and only the selected ones", async () => {
    await run("-f services.yaml start all");
    const before = await pidsOf();
    expect((await run("-f services.yaml restart waiter m2")).code).toBe(ExitCode.Done);
    const after = await pidsOf();
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    expect(after[1]).toBeDefined();
  });

  it("pauses after as many as it was told, and resume goes on with the others", async () => {
    await run("-f services.yaml start all");
    const before = await pidsOf();
    const paused = await run("-f services.yaml restart waiter --canary --yes");
    expect(paused).toMatchObject({ code: ExitCode.Done });
    expect(paused.err).toContain("pausing: 1 done, as was asked for (--canary)");
    expect(paused.err).toMatch(/^paused: 1 changed.* not started/m);
    expect(paused.err).toContain("next: smc resume");
    const between = await pidsOf();
    expect(between[0]).not.toBe(before[0]);
    expect(between[1]).toBe(before[1]);
    expect((await run("-f services.yaml history")).out).toContain("paused");
    expect(await run("-f services.yaml resume")).toMatchObject({ code: ExitCode.Done });
    const after = await pidsOf();
    expect(after[0]).toBe(between[0]);
    expect(after[1]).not.toBe(between[1]);
  });

  it("refuses words for a pause that it cannot read", async () => {
    for (const words of ["--stop-after 0", "--until 25:00", "--until soon"])
      expect(await run(`-f services.yaml restart waiter ${words}`)).toMatchObject({ code: ExitCode.Usage });
  });

  it("asks before it stops more than one, and touches nothing without an answer", async () => {
    await run("-f services.yaml start all");
    const refused = await run("-f services.yaml stop all");
    expect(refused.code).toBe(ExitCode.Usage);
    expect(refused.err).toContain("--yes");
    expect((await run("-f services.yaml status")).code).toBe(StatusExitCode.AllRunning);
  });

  it("prints the exact commands of a dry run and changes nothing", async () => {
    const { out, code } = await run("-f services.yaml start waiter --dry-run");
    expect(code).toBe(ExitCode.Done);
    expect(out).toContain("sleep 600");
    expect(out).toContain("wait until waiter@m1 is running");
    expect((await run("-f services.yaml status")).code).toBe(StatusExitCode.NotAllRunning);
  });

  it("carries out a written plan, and refuses it when the world has changed", async () => {
    expect((await run("-f services.yaml plan start all -o plan.json")).code).toBe(ExitCode.Done);
    expect((await run("-f services.yaml status")).code).toBe(StatusExitCode.NotAllRunning);
    expect((await run("-f services.yaml apply plan.json")).code).toBe(ExitCode.Done);
    const outdated = await run("-f services.yaml apply plan.json");
    expect(outdated.code).toBe(ExitCode.Refused);
    expect(outdated.err).toContain("waiter@m1 was stopped, is running");
  });

  it("refuses a plan when the services file says something else", async () => {
    await run("-f services.yaml plan start all -o plan.json");
    const text = await readFile(join(directory, "services.yaml"), "utf8");
    await writeFile(join(directory, "services.yaml"), text.replace('"600"', '"601"'));
    const outdated = await run("-f services.yaml apply plan.json");
    expect(outdated.code).toBe(ExitCode.Refused);
    expect(outdated.err).toContain("the services file, or what smc makes of it, is another");
  });

  it.each([
    ["start hubb", "here has no service hubb"],
    ["start waiter m9", "m9"],
    ["start", "service"],
  ])("%s is a usage error", async (line, part) => {
    const { code, err } = await run(`-f services.yaml ${line}`);
    expect(code).toBe(ExitCode.Usage);
    expect(err).toContain(part);
  });
});

async function pidsOf(): Promise<(number | undefined)[]> {
  const { out } = await run("-f services.yaml status --json");
  const { instances } = JSON.parse(out) as { instances: { instance: string; pid?: number }[] };
  return instances.toSorted((a, b) => a.instance.localeCompare(b.instance)).map(({ pid }) => pid);
}
