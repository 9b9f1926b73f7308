import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ExitCode } from "../../../src/base/exit-code.ts";
import { killAtBoundaries } from "../kill-at-boundaries.ts";
import { RingSite, type JavaFault } from "../ring-site.ts";

const FAULTS: readonly JavaFault[] = [
  "slow",
  "broken",
  "hang-repair",
  "hang-disablebinary",
  "hang-describering",
];
/** One of the many steps that put a file in place, and all that take a node away or look at the ring; the last end is that of the run. */
const BOUNDARIES =
  /^(?!step-ended ring after cassandra@db3)step-(started|ended) ((folders|check) cassandra@db1|(ring|send|restart|ready) .*)$/;
const LONG = { timeout: 120_000, interval: 100 };

describe("faults while the database is worked on", () => {
  let site: RingSite;

  beforeAll(async () => {
    site = await RingSite.start({
      release: "5.0.6",
      ports: { cassandra_native: 29842, cassandra_internode: [28300, 28301], cassandra_jmx: 28399 },
    });
    await site.cql(
      "CREATE TABLE site.kept (id int PRIMARY KEY, text varchar)",
      ...Array.from(
        { length: 20 },
        (_, id) => `INSERT INTO site.kept (id, text) VALUES (${id}, 'text ${id}')`,
      ),
    );
  });

  afterEach(() => Promise.all(FAULTS.map(fault => site.setFault(fault, false))));
  afterAll(() => site.close());

  const begun = async (step: string): Promise<boolean> =>
    (await site.journal().catch(() => [])).some(
      record => record["type"] === "step-started" && record["step"] === step,
    );

  it("the controller killed at every boundary of a rolling restart: each node is restarted once, one after the other", async () => {
    const before = { pids: await site.pids(), starts: await site.starts() };
    const earlier = await site.newestJournal();
    const elsewhere = join(site.directory, "elsewhere");
    await mkdir(elsewhere);
    const journal = async (): Promise<string | undefined> => {
      const newest = await site.newestJournal();
      return newest === earlier ? undefined : newest;
    };
    let run = "";
    const away = await site.watchAway(async () => {
      const { kills, code, said } = await killAtBoundaries({
        begin: () => site.spawn(["restart", "cassandra", "--rolling", "--yes"]),
        resume: number => site.spawn(["resume"], number % 2 === 0 ? site.directory : elsewhere),
        journal,
        steps: BOUNDARIES,
      });
      run = basename((await journal()) ?? "", ".jsonl");
      expect([code, said]).toEqual([ExitCode.Done, expect.stringMatching(/^done: \d+ changed/m)]);
      expect(kills).toBeGreaterThan(15);
    });
    expect(away.filter(hosts => hosts.length > 1)).toEqual([]);
    const ends = (await site.journal()).filter(record => record["type"] === "step-ended");
    const changed = ends.filter(({ outcome }) => (outcome as { kind: string }).kind === "changed");
    const repeated = changed.filter(
      (record, index) => changed.findIndex(({ step }) => step === record["step"]) !== index,
    );
    expect(repeated.map(({ step }) => step)).toEqual([]);
    const after = { pids: await site.pids(), starts: await site.starts() };
    expect(after.starts).toEqual({
      db1: 1 + (before.starts["db1"] ?? 0),
      db2: 1 + (before.starts["db2"] ?? 0),
      db3: 1 + (before.starts["db3"] ?? 0),
    });
    expect(Object.keys(before.pids).filter(host => before.pids[host] === after.pids[host])).toEqual([]);
    expect((await site.smc(`resume ${run}`)).err).toContain("is done: nothing is left to resume");
  });

  it("a node that does not come back: no second one is stopped, and it is said why", async () => {
    const before = await site.pids();
    await site.setFault("broken", true);
    const { code, err } = await site.smc("restart cassandra db[1-2] --rolling --yes");
    expect([code, err]).toEqual([
      ExitCode.Failed,
      expect.stringMatching(/failed .*db1: [^]*this Java is broken/),
    ]);
    expect(await site.pids()).toMatchObject({ db2: before["db2"], db3: before["db3"] });
    expect((await site.smc("restart cassandra db2 --yes")).code).toBe(ExitCode.Refused);
    await site.setFault("broken", false);
    const resumed = await site.smc("resume");
    expect([resumed.code, resumed.err]).toEqual([
      ExitCode.Done,
      expect.stringContaining("restart cassandra@db2: changed"),
    ]);
  });

  it("a node that comes back slowly is waited for, and one is away at a time", async () => {
    await site.setFault("slow", true);
    const away = await site.watchAway(async () => {
      const { code, err } = await site.smc("restart cassandra db[1-2] --rolling --yes");
      expect([code, err]).toEqual([ExitCode.Done, expect.stringContaining("restart cassandra@db2: changed")]);
    });
    expect(new Set(away.map(hosts => hosts.join()))).toEqual(new Set(["", "db1", "db2"]));
  });

  it("a peer that still shows the old picture holds the run before the next node, until it has heard", async () => {
    const before = await site.pids();
    const earlier = await site.newestJournal();
    const running = site.smc("restart cassandra db[1-2] --rolling --yes");
    await expect.poll(() => site.newestJournal(), LONG).not.toBe(earlier);
    await expect.poll(() => begun("restart cassandra@db1"), LONG).toBe(true);
    await site.nodetool("db3", "disablegossip");
    const waits = async (): Promise<unknown[]> =>
      (await site.journal()).filter(
        ({ type, step, evidence }) =>
          type === "step-waiting" &&
          step === "ring after cassandra@db1" &&
          /127\.0\.0\.3/.test(String(evidence)),
      );
    await expect.poll(waits, LONG).not.toEqual([]);
    const meanwhile = await site.pids();
    expect([meanwhile["db1"] === before["db1"], meanwhile["db2"]]).toEqual([false, before["db2"]]);
    expect(await begun("send away cassandra@db2")).toBe(false);
    await site.nodetool("db3", "enablegossip");
    const { code, err } = await running;
    expect([code, err]).toEqual([ExitCode.Done, expect.stringContaining("restart cassandra@db2: changed")]);
  });

  it("a wrong password of the database: nothing is touched", async () => {
    const before = await site.pids();
    const password = await readFile(site.passwordFile, "utf8");
    await writeFile(site.passwordFile, "not this one\n");
    try {
      for (const line of ["restart cassandra db1 --yes", "repair site", "users apply --yes"]) {
        const { code, err } = await site.smc(line);
        expect([line, code, err]).toEqual([
          line,
          ExitCode.Refused,
          expect.stringMatching(/operator is refused/),
        ]);
      }
    } finally {
      await writeFile(site.passwordFile, password);
    }
    expect(await site.pids()).toEqual(before);
    expect(await site.ledger()).toEqual([]);
  });

  it("a nodetool that hangs keeps no node from being restarted", async () => {
    await site.setFault("hang-disablebinary", true);
    const { code, err } = await site.smc("restart cassandra db1 --yes");
    expect([code, err]).toEqual([ExitCode.Done, expect.stringContaining("restart cassandra@db1: changed")]);
    expect(await site.hasHung("disablebinary")).toBe(true);
  });

  it("a repair whose nodetool hangs: a second operator is kept out, Ctrl-C says what may go on, nothing is claimed", async () => {
    await site.setFault("hang-repair", true);
    const interrupts = new Set<(cause: "signal" | "closed") => void>();
    const press = (): void => interrupts.forEach(listener => listener("signal"));
    const repairing = site.smc("repair site", { interrupts });
    await expect.poll(() => site.hasHung("repair"), LONG).toBe(true);
    const second = await site.smc("repair site");
    expect([second.code, second.err]).toEqual([ExitCode.Locked, expect.stringContaining("repair site")]);
    press();
    press();
    const { code, err } = await repairing;
    expect(code).toBe(ExitCode.Interrupted);
    expect(err).toContain("interrupted: 1 step under way will end, no more will start");
    expect(err).toMatch(/ending nodetool does not end a repair: it may go on on the nodes db\[1-3\]/);
    expect(await site.ledger()).toEqual([]);
    await site.setFault("hang-repair", false);
    const resumed = await site.smc("resume");
    expect([resumed.code, resumed.err]).toEqual([ExitCode.Done, expect.stringMatching(/^done: 3 changed/m)]);
    expect(await site.ledger()).toHaveLength(3);
  });

  it("a repair whose controller is killed goes on from elsewhere, and nothing that was repaired is repaired again", async () => {
    const before = (await site.ledger()).length;
    const child = site.spawn(["repair", "--rolling"]);
    const closed = once(child, "close");
    await expect.poll(async () => (await site.ledger()).length, LONG).toBeGreaterThan(before + 1);
    child.kill("SIGKILL");
    await closed;
    const killed = (await site.ledger()).slice(before);
    const resuming = site.spawn(["resume"], join(site.directory, "elsewhere"));
    const said: string[] = [];
    resuming.stderr.on("data", chunk => said.push(String(chunk)));
    const [code] = (await once(resuming, "close")) as [number];
    expect([code, said.join("")]).toEqual([ExitCode.Done, expect.stringMatching(/^done: /m)]);
    const entries = (await site.ledger()).slice(before);
    expect(entries.slice(0, killed.length)).toEqual(killed);
    const ranges = entries.flatMap(entry =>
      entry.ranges.map(({ after, upTo }) => `${entry.keyspace} ${after} ${upTo}`),
    );
    expect(new Set(ranges).size).toBe(ranges.length);
    expect(new Set(entries.map(entry => entry.run)).size).toBe(1);
  });

  it("a ring that changes in the middle of a repair ends it, and what was not repaired is planned anew", async () => {
    const before = (await site.ledger()).length;
    const since = new Date().toISOString();
    expect((await site.smc("plan repair site -o plan.json")).code).toBe(ExitCode.Done);
    const running = site.smc("repair site --segments 4 --intensity 0.2");
    await expect.poll(async () => (await site.ledger()).length, LONG).toBeGreaterThan(before);
    await site.cql("ALTER KEYSPACE site WITH replication = {'class': 'NetworkTopologyStrategy', 'DC0': 2}");
    const { code, err } = await running;
    expect([code, err]).toEqual([
      ExitCode.Failed,
      expect.stringMatching(/the ring has changed since the repair was planned: [^]*--since 20/),
    ]);
    const outdated = await site.smc("apply plan.json");
    expect([outdated.code, outdated.err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("the ring is another"),
    ]);
    const anew = await site.smc(`repair site --segments 4 --since ${since}`);
    expect([anew.code, anew.err]).toEqual([
      ExitCode.Done,
      expect.stringMatching(/^done: \d+ changed, 0 unchanged/m),
    ]);
    const again = await site.smc(`repair site --segments 4 --since ${since} --stop-after 1`);
    expect([again.code, again.err]).toEqual([ExitCode.Done, expect.stringMatching(/0 changed/)]);
    expect(again.err).toContain("pausing: 1 done, as was asked for");
  });
});
