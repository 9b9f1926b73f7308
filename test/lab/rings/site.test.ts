import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, it } from "vitest";
import { expectSmc } from "../harness/expect-smc.ts";
import { hostNamed, removeLab, startLab } from "../harness/lab.ts";
import { labSite } from "../harness/lab-site.ts";
import { boot, kill, runInside } from "../harness/machine.ts";
import { stagePrograms } from "../harness/programs.ts";
import { smallSite } from "../harness/small-site.ts";
import { waitUntil } from "../harness/wait-until.ts";

const lab = await startLab({ hosts: ["db1", "db2", "db3", "web1"], owned: true });
const programs = await stagePrograms();
const site = await labSite(lab, { services: smallSite(programs) });
const web1 = hostNamed(lab, "web1");

/** Everything that smc printed here, for the search for secrets. */
const printed: string[] = [];

afterAll(async () => {
  await removeLab(lab.layout);
  await site.close();
  await rm(programs, { recursive: true, force: true });
});

async function smc(line: string, code = 0): Promise<{ out: string; err: string }> {
  const result = await expectSmc(site, line, code);
  printed.push(result.out, result.err);
  return result;
}

interface StatusRow {
  instance: string;
  state: string;
  pid: number;
  since: number;
  memory: number | null;
  version: string | null;
}

async function statuses(words = "", code = 0): Promise<StatusRow[]> {
  const { out } = await smc(`status ${words} --json`, code);
  return (JSON.parse(out) as { instances: StatusRow[] }).instances;
}

const pids = async (): Promise<Record<string, number>> =>
  Object.fromEntries((await statuses()).map(({ instance, pid }) => [instance, pid]));

/** Reads and writes through haproxy until `work` is done; gives the counts. */
async function underLoad(work: () => Promise<unknown>): Promise<{ requests: number; failed: number }> {
  const program = join(import.meta.dirname, "../../../examples/load/load.ts");
  const url = `http://${web1.address}:8001`;
  const child = spawn(process.execPath, [program, "--url", url, "--workers", "4", "--pause", "5ms"]);
  const [out, errors] = [text(child.stdout), text(child.stderr)];
  try {
    await work();
  } finally {
    child.kill("SIGTERM");
    await once(child, "close");
  }
  try {
    return JSON.parse(await out) as { requests: number; failed: number };
  } catch {
    throw new Error(`the load ended without a report: ${await errors}`);
  }
}

const started = (record: Record<string, unknown>, step: string): boolean =>
  record["type"] === "step-started" && record["step"] === step;
const changed = (record: Record<string, unknown>, step: string): boolean =>
  record["type"] === "step-ended" &&
  record["step"] === step &&
  (record["outcome"] as { kind: string }).kind === "changed";

describe("a site on four real hosts", () => {
  it("is checked and gets its passwords before anything runs", async () => {
    expect((await smc("check")).out).toContain("no errors");
    await smc("secrets init");
    expect((await statuses("", 3)).map(({ state }) => state)).toEqual(Array(8).fill("stopped"));
    expect((await smc("doctor")).out).toContain("db[1-3]");
  });

  it("is up by smc resume after smc was killed in the middle of its start, and nothing was started twice", async () => {
    const child = site.spawn("start", "all");
    const out = [text(child.stdout), text(child.stderr)];
    const secondNode = async (): Promise<boolean> =>
      (await site.journal().catch(() => [])).some(record => started(record, "ready cassandra@db2"));
    await waitUntil(secondNode, { what: "the start of the second node", timeout: 180_000, interval: 200 });
    child.kill("SIGKILL");
    await once(child, "close");
    printed.push(...(await Promise.all(out)));

    await smc("status", 3);
    const before = await runInside(hostNamed(lab, "db1"), ["pgrep", "-f", "CassandraDaemon"]);
    const { err } = await smc("resume");
    expect(err).toMatch(/done: \d+ changed/);
    const records = await site.journal();
    const starts = ["cassandra@db1", "cassandra@db2", "cassandra@db3", "hub0@web1", "haproxy@web1"];
    const counts = starts.map(name => records.filter(record => changed(record, `start ${name}`)).length);
    // The controller died while db2's start was under way or just over: it is recorded at most once.
    expect(counts).toEqual([1, expect.toSatisfy((count: number) => count <= 1), 1, 1, 1]);
    expect(await runInside(hostNamed(lab, "db1"), ["pgrep", "-f", "CassandraDaemon"])).toEqual(before);
    for (const name of ["db1", "db2", "db3"]) {
      const journal = ["journalctl", "--quiet", "--output=cat", "--unit=smc-lab-cassandra.service"];
      const { stdout } = await runInside(hostNamed(lab, name), [...journal, "--grep=^Started "]);
      expect(stdout.trim().split("\n")).toHaveLength(1);
    }
  });

  it("is shown as it is, with what it uses", async () => {
    const rows = await statuses();
    expect(rows.map(({ state }) => state)).toEqual(Array(8).fill("running"));
    expect(rows.filter(({ memory }) => memory === null)).toEqual([]);
    const versions = Object.fromEntries(rows.map(({ instance, version }) => [instance, version]));
    expect(versions).toMatchObject({
      "cassandra@db1": "5.0.6",
      "hub0@web1": "1",
      "haproxy@web1": expect.stringMatching(/^2\.6/),
      "nginx@web1": expect.stringMatching(/^1\.22/),
    });
    expect((await smc("status")).out).toMatch(/cassandra\s+db\[1-3\]\s+3\s+running.*3 of 3 nodes up/);
  });

  it("is left alone by another start: what runs is unchanged", async () => {
    const before = await pids();
    expect((await smc("start all --parallel")).err).toMatch(/^done: 0 changed, \d+ unchanged/m);
    expect(await pids()).toEqual(before);
  });

  it("answers reads and writes at QUORUM, with none failing, while its ring is restarted node by node", async () => {
    const before = await pids();
    const load = await underLoad(() => smc("restart cassandra --rolling --yes"));
    expect(load.failed).toBe(0);
    expect(load.requests).toBeGreaterThan(100);
    const after = await pids();
    const restarted = Object.keys(before).filter(name => before[name] !== after[name]);
    expect(restarted).toEqual(["cassandra@db1", "cassandra@db2", "cassandra@db3"]);
  });

  it("loses no request while its hubs are restarted behind haproxy, one after the other", async () => {
    const load = await underLoad(() => smc("restart hub web1 --yes"));
    expect(load.failed).toBe(0);
    expect(load.requests).toBeGreaterThan(10);
    const steps = (await site.journal()).filter(record => record["type"] === "step-ended");
    const order = steps.map(({ step }) => String(step)).filter(step => / hub\d@/.test(step));
    expect(order.indexOf("take out hub0@web1 at haproxy@web1")).toBeLessThan(
      order.indexOf("restart hub0@web1"),
    );
    expect(order.indexOf("put back hub0@web1 at haproxy@web1")).toBeLessThan(
      order.indexOf("restart hub1@web1"),
    );
  });

  it("takes a changed configuration by reload, and nothing else of it is touched", async () => {
    const before = await pids();
    await site.rewrite({
      ...smallSite(programs),
      haproxy: { ...smallSite(programs)["haproxy"], server_timeout: "9s" },
    });
    expect((await smc("reload haproxy --dry-run")).out).toContain("haproxy.cfg");
    await smc("reload haproxy");
    const config = await runInside(web1, [
      "grep",
      "-c",
      "timeout server 9000ms",
      "/etc/smc/lab/haproxy/haproxy.cfg",
    ]);
    expect(config.stdout).toBe("1\n");
    expect(await pids()).toEqual(before);
    await site.rewrite(smallSite(programs));
    await smc("reload haproxy");
  });

  it("is not brought below its quorum: two of three nodes are refused, and nothing is touched", async () => {
    const before = await pids();
    expect((await smc("stop cassandra db1 db2 --yes", 3)).err).toMatch(
      /would have 1 \(db3\) of the 3 replicas db\[1-3\] .*; QUORUM needs 2/,
    );
    expect(await pids()).toEqual(before);
  });

  it("carries out a plan as it was read, and refuses it when the world has changed", async () => {
    const file = join(site.directory, "plan.json");
    await smc(`plan restart hub web1 -o ${file}`);
    await smc("stop hub web1 --yes");
    expect((await smc(`apply ${file} --yes`, 3)).err).toMatch(/hub0@web1 was running, is stopped/);
    await smc("start hub");
    await smc(`plan restart hub web1 -o ${file}`);
    await smc(`apply ${file} --yes`);
    expect((await smc("history")).out).toMatch(/apply|restart hub web1/);
  });

  it("shows its logs, and what its hosts answer", async () => {
    expect((await smc("logs hub web1 --lines 5")).out).toMatch(/^hub0@web1/m);
    expect((await smc("run --on 'db[1-3]' -- echo here")).out).toBe("db[1-3] (3 hosts): exit 0\n  here\n");
  });

  it("comes back by itself when a host has lost its power and boots again", async () => {
    await kill(web1.machine);
    const gone = await statuses("--connect-timeout 2s", 4);
    expect(gone.filter(({ state }) => state === "unknown").map(({ instance }) => instance)).toEqual([
      "hub0@web1",
      "hub1@web1",
      "snap@web1",
      "nginx@web1",
      "haproxy@web1",
    ]);
    await boot(web1, lab.baseImage);
    const isBack = async (): Promise<boolean> => (await site.smc("status")).code === 0;
    await waitUntil(isBack, { what: "the services of the host", timeout: 120_000, interval: 1000 });
  });

  it("shows no password: not in outputs, journals, plans, units or process lists", async () => {
    const folder = join(site.directory, "secrets/lab/cassandra");
    const secrets = await Promise.all(
      ["operator", "hub", "snap"].map(async name => (await readFile(join(folder, name), "utf8")).trim()),
    );
    const hosts = await Promise.all(
      lab.hosts.map(async host => {
        const listing = await runInside(host, ["ps", "-eww", "-o", "args"]);
        const units = await runInside(host, [
          "sh",
          "-c",
          "cat /etc/systemd/system/smc-*; cat /var/log/smc/*/*/*.log",
        ]);
        return listing.stdout + units.stdout;
      }),
    );
    const everything = [...printed, ...hosts, await site.everythingWritten()].join("\n");
    expect(everything).toContain("CassandraDaemon");
    expect(secrets.every(secret => secret.length >= 16)).toBe(true);
    expect(secrets.filter(secret => everything.includes(secret))).toEqual([]);
  });

  it("stops in the reverse order, the database drained and last", async () => {
    await smc("stop all --yes");
    const ends = (await site.journal()).filter(record => record["type"] === "step-ended");
    const order = ends.map(({ step }) => String(step));
    expect(order.indexOf("stop haproxy@web1")).toBeLessThan(order.indexOf("stop hub0@web1"));
    expect(order.indexOf("stop hub0@web1")).toBeLessThan(order.indexOf("before stop 1 cassandra@db1"));
    expect(order.indexOf("before stop 1 cassandra@db1")).toBeLessThan(order.indexOf("stop cassandra@db1"));
    expect((await statuses("", 3)).map(({ state }) => state)).toEqual(Array(8).fill("stopped"));
    expect((await smc("stop all --yes")).err).toMatch(/^done: 0 changed/m);
  });
});
