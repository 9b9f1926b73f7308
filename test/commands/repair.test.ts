import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { ringToJson } from "../../src/cassandra/ring/json.ts";
import type { Keyspace, ObservedRing, RingNode } from "../../src/cassandra/ring/model.ts";
import { parsePlan } from "../../src/plan/check.ts";
import { smc, type SmcResult } from "../helpers/smc.ts";

/** Hosts that nobody could reach: a command that asks one of them fails. */
const SERVICES = `smc: 1
deployments:
  far:
    site: example.org
    machines:
      db[1-6]: {dc: DC0, vpn: "203.0.113.{n}"}
      db[7-8]: {dc: DC1, vpn: "203.0.113.{n}"}
    services:
      cassandra: {at: "db[1-8]", seeds: [db1], run_as: salvus}
`;
const network = (name: string, factors: Record<string, number>): Keyspace => ({
  name,
  replication: { strategy: "network", factors },
});
const KEYSPACES: readonly Keyspace[] = [
  network("site", { DC0: 3 }),
  network("wide", { DC0: 2, DC1: 2 }),
  network("single", { DC0: 1 }),
  { name: "system_auth", replication: { strategy: "simple", factor: 2 } },
  { name: "system", replication: { strategy: "local" } },
];

interface Answer {
  waves: {
    keyspace: string;
    tables: string[];
    host: string;
    replicas: string[];
    primary: boolean;
    ranges: object[];
  }[][];
  steps: { host: string; command: string; guards: string[]; unless: string }[];
  plan: {
    limits: { total: number };
    steps: { id: string; stage: string; after: string[]; action: { layout: { layout: string } } }[];
  };
}

describe("smc repair --observed", () => {
  it("plans one job a node for every keyspace that is kept more than once, one at a time", async () => {
    const { waves, steps, plan } = await answer("repair");
    expect(new Set(waves.flat().map(({ keyspace }) => keyspace))).toEqual(
      new Set(["site", "wide", "system_auth"]),
    );
    expect(waves.every(wave => wave.length === 1)).toBe(true);
    expect(plan.limits.total).toBe(1);
    const site = waves.flat().filter(({ keyspace }) => keyspace === "site");
    expect(site.map(({ host }) => host)).toEqual(["db1", "db2", "db3", "db4", "db5", "db6"]);
    expect(site[1]).toEqual({
      keyspace: "site",
      tables: [],
      host: "db2",
      replicas: ["db2", "db3", "db4"],
      primary: true,
      ranges: [{ after: "10", upTo: "20" }],
    });
    expect(steps[1]?.command).toMatch(/^sudo -n -u salvus \S+\/nodetool repair -full -pr site$/);
    expect(steps[1]?.guards).toEqual([
      "no repair is under way on db[2-4]; waits at most 10m 0s for another",
      "the ring has the nodes and tokens that the ranges were cut for",
    ]);
  });

  it("runs what shares no node at the same time, as much as the ring allows or as was said", async () => {
    const all = await answer("repair site --parallel");
    expect(all.waves.map(wave => wave.map(({ host }) => host))).toEqual([
      ["db1", "db4"],
      ["db2", "db5"],
      ["db3", "db6"],
    ]);
    const after = Object.fromEntries(all.plan.steps.map(step => [step.id, step.after]));
    expect(after["repair site db5"]).toEqual(["repair site db4", "repair site db1"]);
    const one = await answer("repair site --parallel 1");
    expect(one.waves).toHaveLength(6);
    expect(one.plan.limits.total).toBe(1);
  });

  it("takes tables, and the whole keyspace where both are named", async () => {
    const { steps, waves } = await answer("repair site.hub site.snap wide.a wide");
    expect(steps[0]?.command).toMatch(/ repair -full -pr site hub snap$/);
    expect(waves.flat().find(({ keyspace }) => keyspace === "wide")?.tables).toEqual([]);
  });

  it("cuts the ranges of each set of replicas into segments, which are commands of their own", async () => {
    const { steps, waves } = await answer("repair site --segments 2 --incremental");
    expect(waves.flat()).toHaveLength(12);
    expect(steps[2]?.command).toMatch(/ repair -st 10 -et 15 site$/);
    expect(steps[3]?.command).toMatch(/ repair -st 15 -et 20 site$/);
  });

  it("compares within a data centre by set of replicas", async () => {
    const { steps, waves } = await answer("repair wide --dc DC1");
    expect(new Set(waves.flat().flatMap(({ replicas }) => replicas))).toEqual(new Set(["db7", "db8"]));
    expect(steps[0]?.command).toMatch(/ repair -full -st -?\d+ -et -?\d+ -dc DC1 wide; /);
  });

  it("tells people the jobs above the steps", async () => {
    const { out } = await run("repair site --parallel --observed ring.json --dry-run");
    expect(out).toContain("6 jobs\nwave 1: site on db[1-3]; site on db[4-6]\n");
    expect(out).toContain("unless the ledger has it since ");
    expect((await run("repair site --observed ring.json --dry-run")).out).toContain(
      "6 jobs, one at a time\n",
    );
  });

  it("leaves nodes in peace for the share of the time that was said, with longer deadlines", async () => {
    const { steps, plan } = await answer("repair site --intensity 0.25");
    expect(steps[0]?.guards.at(-1)).toBe(
      "then leaves the nodes in peace 3.00 times as long as each command took",
    );
    expect(plan.steps[0]).toMatchObject({ timeout: 4 * 24 * 60 * 60 * 1000, action: { rest: 3 } });
    expect((await answer("repair site")).plan.steps[0]).toMatchObject({ action: { rest: 0 } });
  });

  it("leaves out what was repaired since a time", async () => {
    const { steps } = await answer("repair site --since 2026-01-02T03:04:05Z");
    expect(steps[0]?.unless).toBe("the ledger has it since 2026-01-02T03:04:05.000Z");
    const ago = await answer("repair site --since 5d");
    const since = Date.parse(ago.steps[0]?.unless.replace("the ledger has it since ", "") ?? "");
    expect(Math.abs(Date.now() - since - 5 * 24 * 60 * 60 * 1000)).toBeLessThan(120_000);
  });

  it("has a stage for each job, so that it can pause between them, and knows the ring that they are for", async () => {
    const { plan } = await answer("repair site wide");
    expect(plan.steps.every(({ id, stage }) => stage === id)).toBe(true);
    const layouts = plan.steps.map(({ action }) => action.layout.layout);
    expect(new Set(layouts).size).toBe(2);
  });

  it("is planned by smc plan, too", async () => {
    const planned = await run("plan repair site --observed ring.json --dry-run --json");
    const { plan } = JSON.parse(planned.out) as { plan: { command: string[] } };
    expect([planned.code, plan.command]).toEqual([
      ExitCode.Done,
      ["-d", "far", "repair", "site", "--observed", "ring.json", "--dry-run", "--json"],
    ]);
    const written = await run("plan repair site --observed ring.json --dry-run -o plan.json");
    expect([written.code, written.err]).toEqual([ExitCode.Usage, expect.stringContaining("for reading")]);
  });

  it("makes a plan that can be written down and read back", async () => {
    const { plan } = await answer("repair --parallel");
    expect(parsePlan(JSON.stringify(plan), "plan.json")).toEqual(plan);
  });

  it.each<[string, Words, string]>([
    ["a node that takes part is down", { down: "db4" }, "db4 would have to take part and is not up"],
    ["releases are mixed", { older: "db2" }, "5.0.4: db2"],
    ["a node joins", { joining: "db5" }, "db5 is joining"],
  ])("is refused while %s", async (_, words, told) => {
    const { code, err, out } = await run("repair site --observed ring.json --dry-run", words);
    expect([code, out]).toEqual([ExitCode.Refused, ""]);
    expect(err).toContain(told);
  });

  it("does not mind a node that has no part in it", async () => {
    expect((await run("repair site --observed ring.json --dry-run", { down: "db7" })).code).toBe(
      ExitCode.Done,
    );
    const all = await run("repair --observed ring.json --dry-run", { down: "db7" });
    expect([all.code, all.err]).toEqual([ExitCode.Refused, expect.stringContaining("db7")]);
  });

  it.each([
    ["repair nothing", "the ring has no keyspace nothing to repair"],
    ["repair system", "the ring has no keyspace system to repair"],
    ["repair single", "single has no second replica to be compared with"],
    ["repair site --dc DC1", "site has no second replica in DC1"],
    ["repair --dc DC9", "the ring has no data centre DC9"],
    ["repair --full --incremental", "--full and --incremental exclude each other"],
    ["repair --segments 0", "--segments takes a number from 1 up"],
    ["repair --intensity 2", "--intensity takes a share from 0.01 to 1"],
    ["repair --intensity 0", "--intensity takes a share from 0.01 to 1"],
    ["repair --since tomorrow", "--since takes a time that has been"],
    ["repair --since 2999-01-01", "--since takes a time that has been"],
    ["repair --on db1", "--on says nothing here"],
  ])("%s is a mistake", async (line, told) => {
    const { code, err } = await run(`${line} --observed ring.json --dry-run`);
    expect(err).toContain(told);
    expect(code).toBe(ExitCode.Usage);
  });

  it("does nothing with a ring from a file but plan", async () => {
    const { code, err } = await run("repair --observed ring.json");
    expect([code, err]).toEqual([ExitCode.Usage, expect.stringContaining("--dry-run")]);
  });
});

interface Words {
  down?: string;
  older?: string;
  joining?: string;
}

function run(line: string, words: Words = {}): Promise<SmcResult> {
  const files = {
    "conf/services.yaml": SERVICES,
    "ring.json": JSON.stringify(ringToJson(ringWith(words))),
  };
  return smc(`-d far ${line}`, { files });
}

async function answer(line: string): Promise<Answer> {
  const { code, out, err } = await run(`${line} --observed ring.json --dry-run --json`);
  if (code !== ExitCode.Done) throw new Error(err);
  return JSON.parse(out) as Answer;
}

/** Six nodes of one data centre and two of another, one token each. */
function ringWith({ down, older, joining }: Words): ObservedRing {
  const nodes = Array.from({ length: 8 }, (_, index): RingNode => {
    const host = `db${index + 1}`;
    return {
      id: host,
      host,
      address: `203.0.113.${index + 1}`,
      dc: index < 6 ? "DC0" : "DC1",
      rack: "RAC0",
      tokens: [BigInt((index + 1) * 10)],
      state: host === down ? "down" : "up",
      mode: host === joining ? "joining" : "normal",
      release: host === older ? "5.0.4" : "5.0.6",
      schema: "s",
    };
  });
  return { version: 1, partitioner: "Murmur3Partitioner", nodes, keyspaces: KEYSPACES };
}
