import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { ringToJson } from "../../src/cassandra/ring/json.ts";
import type { ObservedRing, RingNode } from "../../src/cassandra/ring/model.ts";
import { smc, type SmcResult } from "../helpers/smc.ts";

/** Hosts that nobody could reach: a command that asks one of them fails. */
const SERVICES = `smc: 1
deployments:
  far:
    site: example.org
    machines:
      db[1-6]: {dc: DC0, rack: RAC0, vpn: "203.0.113.{n}"}
      db7: {dc: DC0, rack: RAC7, vpn: "203.0.113.7"}
    services:
      cassandra: {at: "db[1-7]", seeds: [db1], run_as: salvus}
`;

interface Answer {
  joining?: string[];
  leaving?: string[];
  waves?: string[][];
  plan: { steps: { id: string; host: string; kind: string }[] };
}

describe("smc expand --observed", () => {
  it("plans the nodes that the ring has not, or those that are named", async () => {
    expect((await answer("expand", { nodes: 4 })).joining).toEqual(["db5", "db6", "db7"]);
    const { joining, plan } = await answer("expand db6", { nodes: 4 });
    expect(joining).toEqual(["db6"]);
    expect(plan.steps.filter(({ kind }) => kind === "start cassandra").map(({ host }) => host)).toEqual([
      "db6",
    ]);
    expect(plan.steps.some(({ kind }) => kind === "cleanup cassandra")).toBe(true);
    const later = await answer("expand db6 --no-cleanup", { nodes: 4 });
    expect(later.plan.steps.some(({ kind }) => kind === "cleanup cassandra")).toBe(false);
  });

  it("is refused with every reason at once", async () => {
    const { code, err, out } = await run("expand", { nodes: 4, down: "db2", older: "db3" });
    expect([code, out]).toEqual([ExitCode.Refused, ""]);
    expect(err).toContain("db[5-7] cannot join the ring now: nothing was touched");
    expect(err).toContain("db2 is down");
    expect(err).toContain("releases are mixed");
  });

  it("has nothing to do where every node has joined", async () => {
    const { code, err } = await run("expand", {});
    expect([code, err]).toEqual([
      ExitCode.Done,
      "unchanged: the ring has every node that was named: db[1-7]\n",
    ]);
    expect((await run("expand db1 --quiet", {})).err).toBe("");
    expect(JSON.parse((await run("expand --json", {})).out)).toEqual({
      version: 1,
      outcome: "done",
      unchanged: true,
    });
  });
});

describe("smc shrink --observed", () => {
  it("plans the nodes that are named", async () => {
    const { leaving, plan } = await answer("shrink db7", {});
    expect(leaving).toEqual(["db7"]);
    expect(plan.steps.map(({ id }) => id)).toContain("decommission cassandra@db7");
  });

  it("is refused where replicas would have no node left, or no seed would be", async () => {
    const few = await run("shrink db[3-7]", {});
    expect([few.code, few.err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("site: 3 replicas in DC0, and 2 nodes would be left there"),
    ]);
    const seed = await run("shrink db1", {});
    expect(seed.err).toContain("db1: every seed would be gone");
  });

  it("is refused where another node is missing, and not for the one that has left", async () => {
    expect((await run("shrink db6", { nodes: 6 })).err).toContain(
      "in the services file and not in the ring: db7",
    );
    expect((await answer("shrink db7", { nodes: 6 })).leaving).toEqual([]);
  });
});

describe("smc replace --observed", () => {
  it("plans a node in the place of a dead one, also on the same host", async () => {
    const other = await answer("replace db2 db6", { nodes: 5, down: "db2", absent: "db7" });
    expect(other.plan.steps.map(({ id }) => id)).toContain("start cassandra@db6");
    const same = await answer("replace 203.0.113.2 db2", { down: "db2" });
    expect(same.plan.steps.map(({ id }) => id)).toContain("start cassandra@db2");
  });

  it.each<[string, Words, string]>([
    ["replace db2 db2", {}, "db2 is up"],
    ["replace db2 db7", { nodes: 6, down: "db2" }, "db7 is in DC0 RAC7, and db2 in DC0 RAC0"],
    ["replace db2 db6", { down: "db2" }, "the ring has that node already"],
    ["replace db9 db2", {}, "the ring has no node db9"],
  ])("%s is refused", async (line, words, told) => {
    const { code, err } = await run(line, words);
    expect(err).toContain(told);
    expect(code).not.toBe(ExitCode.Done);
  });
});

describe("smc cleanup --observed", () => {
  it("plans every node, those that share no range together", async () => {
    const { waves } = await answer("cleanup", {});
    expect(waves?.flat().toSorted()).toEqual(["db1", "db2", "db3", "db4", "db5", "db6", "db7"]);
    expect(waves?.[0]?.length).toBeGreaterThan(1);
  });
});

it.each(["expand", "shrink db7", "replace db2 db2", "cleanup"])(
  "smc %s does nothing with a ring from a file but plan, and takes no --on",
  async line => {
    const words = await smc(`-d far ${line} --observed ring.json`, { files: filesFor({}) });
    expect([words.code, words.err]).toEqual([ExitCode.Usage, expect.stringContaining("--dry-run")]);
    const on = await run(`${line} --on db1`, {});
    expect([on.code, on.err]).toEqual([ExitCode.Usage, expect.stringContaining("--on says nothing here")]);
  },
);

interface Words {
  /** How many of the seven are in the ring. */
  nodes?: number;
  down?: string;
  older?: string;
  /** The services file does not have it. */
  absent?: string;
}

function filesFor({ nodes = 7, down, older, absent }: Words): Record<string, string> {
  const members = Array.from({ length: nodes }, (_, index): RingNode => {
    const host = `db${index + 1}`;
    return {
      id: host,
      host,
      address: `203.0.113.${index + 1}`,
      dc: "DC0",
      rack: host === "db7" ? "RAC7" : "RAC0",
      tokens: [BigInt((index + 1) * 10)],
      state: host === down ? "down" : "up",
      mode: "normal",
      release: host === older ? "5.0.4" : "5.0.6",
      schema: "s",
    };
  });
  const ring: ObservedRing = {
    version: 1,
    partitioner: "Murmur3Partitioner",
    nodes: members,
    keyspaces: [{ name: "site", replication: { strategy: "network", factors: { DC0: 3 } } }],
  };
  const services = absent === undefined ? SERVICES : SERVICES.replace("db[1-7]", "db[1-6]");
  return { "conf/services.yaml": services, "ring.json": JSON.stringify(ringToJson(ring)) };
}

function run(line: string, words: Words): Promise<SmcResult> {
  return smc(`-d far ${line} --observed ring.json --dry-run`, { files: filesFor(words) });
}

async function answer(line: string, words: Words): Promise<Answer> {
  const { code, out, err } = await run(`${line} --json`, words);
  if (code !== ExitCode.Done) throw new Error(err);
  return JSON.parse(out) as Answer;
}
