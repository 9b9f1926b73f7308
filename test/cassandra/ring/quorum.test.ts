import { describe, expect, it } from "vitest";
import type {
  ConsistencyLevel,
  Keyspace,
  ObservedRing,
  RingNode,
} from "../../../src/cassandra/ring/model.ts";
import { demandsOf, nodesAway, shortfalls, type KeyspaceLevels } from "../../../src/cassandra/ring/quorum.ts";

/** Two data centres of three nodes, one token each, in turn round the ring. */
const NODES = ["a1", "b1", "a2", "b2", "a3", "b3"].map((name, index) => node(name, BigInt(index * 10)));
const SITE: Keyspace = { name: "site", replication: { strategy: "network", factors: { A: 3, B: 3 } } };
const AUTH: Keyspace = { name: "system_auth", replication: { strategy: "simple", factor: 3 } };

describe("demandsOf", () => {
  it.each<[ConsistencyLevel, Record<string, number>]>([
    ["ONE", { whole: 1 }],
    ["TWO", { whole: 2 }],
    ["QUORUM", { whole: 4 }],
    ["ALL", { whole: 6 }],
    ["LOCAL_QUORUM", { A: 2, B: 2 }],
    ["EACH_QUORUM", { A: 2, B: 2 }],
  ])("asks at %s for %j of a keyspace in two data centres", (level, expected) => {
    const demands = demandsOf(ringOf(SITE), level);
    expect(Object.fromEntries(demands.map(({ dc = "whole", needed }) => [dc, needed]))).toEqual(expected);
  });

  it("counts the factor, not the nodes that there happen to be", () => {
    const wide: Keyspace = { name: "wide", replication: { strategy: "network", factors: { A: 5, C: 2 } } };
    expect(demandsOf(ringOf(wide), "QUORUM")[0]).toMatchObject({ needed: 4, replicas: ["a1", "a2", "a3"] });
  });

  it("wants at LOCAL_QUORUM of SimpleStrategy a quorum of the whole factor, as far as replicas fall there", () => {
    const [first] = Map.groupBy(demandsOf(ringOf(AUTH), "LOCAL_QUORUM"), ({ range }) => range.upTo).values();
    expect(first?.map(({ dc, replicas, needed }) => [dc, replicas, needed])).toEqual([
      ["A", ["a1", "a2"], 2],
      ["B", ["b1"], 1],
    ]);
  });

  it("asks of keyspaces that are replicated alike only once, and names them all", () => {
    const turned: Keyspace = {
      name: "other",
      replication: { strategy: "network", factors: { B: 3, A: 3, C: 0 } },
    };
    expect(demandsOf(ringOf(SITE, turned), "QUORUM").map(({ keyspaces }) => keyspaces)).toEqual([
      ["site", "other"],
    ]);
  });

  it.each<[string, KeyspaceLevels, Record<string, number>]>([
    ["traces by nobody's quorum", {}, { site: 4, system_traces: 1 }],
    ["a keyspace as it was told", { site: "ONE", system_traces: "QUORUM" }, { site: 1, system_traces: 2 }],
    ["nothing where nothing is wanted", { site: "NONE" }, { system_traces: 1 }],
  ])("asks for %s", (_, levels, expected) => {
    const traces: Keyspace = { name: "system_traces", replication: { strategy: "simple", factor: 2 } };
    const demands = demandsOf(ringOf(SITE, traces), "QUORUM", levels);
    expect(Object.fromEntries(demands.map(({ keyspaces, needed }) => [keyspaces[0], needed]))).toEqual(
      expected,
    );
  });

  it("asks nothing of keyspaces that are not shared", () => {
    expect(demandsOf(ringOf({ name: "system", replication: { strategy: "local" } }), "ALL")).toEqual([]);
  });
});

describe("shortfalls", () => {
  it("tells what would be left of each range that falls below its level", () => {
    const found = shortfalls(demandsOf(ringOf(AUTH), "QUORUM"), new Set(["a1", "b1"]));
    expect(found.map(({ demand, left }) => [demand.range.upTo, left])).toEqual([
      [0n, ["a2"]],
      [50n, ["b3"]],
    ]);
  });
});

describe("nodesAway", () => {
  it("counts as away who is down and who could not be asked", () => {
    const states = ["up", "down", "unknown"] as const;
    const nodes = states.map((state, index) => ({ ...node(state, BigInt(index)), state }));
    expect(nodesAway({ ...ringOf(), nodes })).toEqual(new Set(["down", "unknown"]));
  });
});

function ringOf(...keyspaces: Keyspace[]): ObservedRing {
  return { version: 1, partitioner: "Murmur3Partitioner", nodes: NODES, keyspaces };
}

function node(name: string, token: bigint): RingNode {
  return {
    id: name,
    host: name,
    address: name,
    dc: name.charAt(0).toUpperCase(),
    rack: "R1",
    tokens: [token],
    state: "up",
    mode: "normal",
    release: "5.0.6",
    schema: "s",
  };
}
