import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Keyspace, ObservedRing, RingNode } from "../../../src/cassandra/ring/model.ts";
import { replicaSets, replicatedRanges } from "../../../src/cassandra/ring/replicas.ts";
import { anyRing } from "./arbitrary-ring.ts";

describe("replicatedRanges", () => {
  it("walks the ring, wrapping round, for SimpleStrategy", () => {
    const ring = ringWith([node("a", "r1", 10n), node("b", "r1", 20n), node("c", "r1", 30n)]);
    expect(replicatedRanges(ring, { name: "k", replication: { strategy: "simple", factor: 2 } })).toEqual([
      { after: 30n, upTo: 10n, replicas: ["a", "b"] },
      { after: 10n, upTo: 20n, replicas: ["b", "c"] },
      { after: 20n, upTo: 30n, replicas: ["c", "a"] },
    ]);
  });

  it("prefers other racks, and takes a rack again only when it must", () => {
    const nodes = [
      node("a1", "r1", 10n),
      node("a2", "r1", 20n),
      node("b1", "r2", 30n),
      node("a3", "r1", 40n),
    ];
    const of = (factor: number): string[] =>
      replicatedRanges(ringWith(nodes), keyspace(factor)).map(({ replicas }) => replicas.join(" "));
    expect(of(2)).toEqual(["a1 b1", "a2 b1", "b1 a3", "a3 b1"]);
    expect(of(3)).toEqual(["a1 a2 b1", "a2 b1 a3", "b1 a3 a1", "a3 a1 b1"]);
  });

  it("gives a joining node nothing", () => {
    const joining: RingNode = { ...node("new", "r1", 15n), mode: "joining" };
    const ranges = replicatedRanges(ringWith([node("a", "r1", 10n), joining]), keyspace(2));
    expect(ranges).toEqual([{ after: 10n, upTo: 10n, replicas: ["a"] }]);
  });

  it("gives every range as many distinct replicas in each data centre as there are, up to the factor", () => {
    fc.assert(
      fc.property(anyRing, ring => {
        for (const keyspace of ring.keyspaces) {
          const { replication } = keyspace;
          if (replication.strategy !== "network") continue;
          for (const { replicas } of replicatedRanges(ring, keyspace)) {
            expect(new Set(replicas).size).toBe(replicas.length);
            for (const [dc, factor] of Object.entries(replication.factors)) {
              const nodes = ring.nodes.filter(candidate => candidate.dc === dc);
              const held = nodes.filter(candidate => replicas.includes(candidate.id));
              expect(held).toHaveLength(Math.min(factor, nodes.length));
              const racks = new Set(nodes.map(candidate => candidate.rack)).size;
              expect(new Set(held.map(candidate => candidate.rack)).size).toBe(Math.min(racks, held.length));
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("keeps one range of each replica set for the quorum rule", () => {
    fc.assert(
      fc.property(anyRing, ring => {
        const [first] = ring.keyspaces;
        if (first === undefined) return;
        const key = (replicas: readonly string[]): string => replicas.toSorted().join(" ");
        const all = new Set(replicatedRanges(ring, first).map(({ replicas }) => key(replicas)));
        expect(replicaSets(ring, first).map(({ replicas }) => key(replicas))).toEqual([...all]);
      }),
      { numRuns: 200 },
    );
  });
});

function keyspace(factor: number): Keyspace {
  return { name: "k", replication: { strategy: "network", factors: { DC0: factor } } };
}

function ringWith(nodes: readonly RingNode[]): ObservedRing {
  return { version: 1, partitioner: "Murmur3Partitioner", nodes, keyspaces: [] };
}

function node(id: string, rack: string, ...tokens: bigint[]): RingNode {
  return {
    id,
    host: id,
    address: "127.0.0.1",
    dc: "DC0",
    rack,
    tokens,
    state: "up",
    mode: "normal",
    release: "5.0.6",
    schema: "s",
  };
}
