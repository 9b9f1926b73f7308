import { describe, expect, it } from "vitest";
import { ExitCode } from "../../../src/base/exit-code.ts";
import { OperatorError } from "../../../src/base/operator-error.ts";
import type { Keyspace, ObservedRing, RingNode } from "../../../src/cassandra/ring/model.ts";
import { describeRefusals, refusedByRing } from "../../../src/services/planners/ring-refusal.ts";
import { decideRestart, decideStop, type RingRule } from "../../../src/services/planners/ring-rule.ts";

const HOSTS = ["db1", "db2", "db3", "db4", "db5", "db6"];
const SITE: Keyspace = { name: "site", replication: { strategy: "simple", factor: 3 } };

describe("decideRestart", () => {
  it("takes nodes that share no range together, and never more than the width", () => {
    expect(decideRestart(ruleOf(), HOSTS, Infinity).waves).toEqual([
      ["db1", "db4"],
      ["db2", "db5"],
      ["db3", "db6"],
    ]);
    expect(decideRestart(ruleOf(), HOSTS, 1).waves).toEqual(HOSTS.map(host => [host]));
  });

  it("takes only what was selected, and counts the others all the same", () => {
    expect(decideRestart(ruleOf(), ["db1", "db4"], Infinity).waves).toEqual([["db1", "db4"]]);
    expect(decideRestart(ruleOf(), ["db1", "db2"], Infinity).waves).toEqual([["db1"], ["db2"]]);
  });

  it("names keyspace, range and the replicas that would be left, when a node may not go", () => {
    const { waves, refused } = decideRestart(ruleOf({ down: ["db2"] }), HOSTS, Infinity);
    // db2 itself is down: bringing it back takes nothing away.
    expect(waves).toEqual([["db2", "db5"]]);
    expect(refused.find(({ host }) => host === "db1")).toEqual({
      host: "db1",
      keyspaces: ["site"],
      level: "QUORUM",
      dc: undefined,
      range: { after: "60", upTo: "10" },
      replicas: ["db1", "db2", "db3"],
      left: ["db3"],
      needed: 2,
    });
    expect(refused.map(({ host }) => host)).toEqual(["db1", "db3", "db4", "db6"]);
  });

  it("counts the nodes that are down against --max-down, which permits nothing by itself", () => {
    expect(decideRestart(ruleOf({ maxDown: 1 }), HOSTS, Infinity).waves).toHaveLength(6);
    expect(decideRestart(ruleOf({ maxDown: 6 }), HOSTS, Infinity).waves).toHaveLength(3);
    const one = ruleOf({ maxDown: 1, down: ["db2"], keyspaces: [] });
    expect(errorOf(() => decideRestart(one, HOSTS, 1)).message).toBe(
      "--max-down 1 allows no more: db2 is down already",
    );
    expect(decideRestart(one, ["db2"], 1).waves).toEqual([["db2"]]);
  });

  it("takes no node while another joins, leaves or moves", () => {
    const error = errorOf(() => decideRestart(ruleOf({ leaving: ["db5"] }), ["db1"], 1));
    expect(error.exit).toBe(ExitCode.Refused);
    expect(error.details).toEqual(["db5 is leaving"]);
  });
});

describe("decideStop", () => {
  it("lets go together what no range misses, and refuses what one does", () => {
    expect(decideStop(ruleOf(), ["db1", "db4"])).toMatchObject({ waves: [["db1", "db4"]], refused: [] });
    const { refused } = decideStop(ruleOf(), ["db1", "db2"]);
    expect(refused.map(({ host, left }) => [host, left])).toEqual([
      ["db1", ["db3"]],
      ["db2", ["db3"]],
    ]);
  });

  it("lets the whole ring go: that is what was asked for", () => {
    expect(decideStop(ruleOf({ down: ["db2"] }), HOSTS).refused).toEqual([]);
  });

  it("does not count a node twice that is down and stops", () => {
    expect(decideStop(ruleOf({ down: ["db2"] }), ["db2"]).refused).toEqual([]);
    expect(decideStop(ruleOf({ down: ["db2"] }), ["db2", "db3"]).refused).toHaveLength(1);
  });

  it("keeps to --max-down", () => {
    const error = errorOf(() => decideStop(ruleOf({ maxDown: 1 }), ["db1", "db4"]));
    expect(error).toMatchObject({ exit: ExitCode.Refused, hint: expect.stringContaining("--max-down 2") });
  });
});

describe("refusedByRing", () => {
  it("is told once for all nodes with the same numbers, and exits 3", () => {
    const { ring, refused } = decideRestart(ruleOf({ down: ["db2"] }), ["db1", "db3", "db4"], 1);
    expect(describeRefusals(refused)).toEqual([
      "db[1,3-4]: site would have 1 (db3) of the 3 replicas db[1-3] for the range (60, 10]; QUORUM needs 2",
    ]);
    const error = refusedByRing({ ring, refused }, { verb: "restart", service: "cassandra" });
    expect(error.exit).toBe(ExitCode.Refused);
    expect(error.hint).toBe(
      "bring back what is away first: smc start cassandra db2, or smc restart cassandra db2 where it runs and does not serve",
    );
  });

  it("says what to do about a keyspace that never bears a loss", () => {
    const single: Keyspace = { name: "scratch", replication: { strategy: "simple", factor: 1 } };
    const decision = decideRestart(ruleOf({ keyspaces: [single] }), ["db1"], 1);
    const { hint } = refusedByRing(decision, { verb: "restart", service: "cassandra" });
    expect(hint).toContain("--consistency scratch=NONE");
  });
});

function ruleOf(
  words: { down?: string[]; leaving?: string[]; maxDown?: number; keyspaces?: Keyspace[] } = {},
): RingRule {
  const nodes = HOSTS.map((host, index) => node(host, index, words));
  const keyspaces = words.keyspaces ?? [SITE];
  const ring: ObservedRing = { version: 1, partitioner: "Murmur3Partitioner", nodes, keyspaces };
  return { ring, level: "QUORUM", levels: {}, maxDown: words.maxDown };
}

function node(host: string, index: number, words: { down?: string[]; leaving?: string[] }): RingNode {
  return {
    id: `id-${host}`,
    host,
    address: `10.0.0.${index + 1}`,
    dc: "DC0",
    rack: "RAC0",
    tokens: [BigInt((index + 1) * 10)],
    state: words.down?.includes(host) === true ? "down" : "up",
    mode: words.leaving?.includes(host) === true ? "leaving" : "normal",
    release: "5.0.6",
    schema: "s",
  };
}

function errorOf(work: () => unknown): OperatorError {
  try {
    work();
  } catch (error) {
    if (error instanceof OperatorError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
