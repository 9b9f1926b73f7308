import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ConsistencyLevel, HostId, ObservedRing, RingNode } from "../../../src/cassandra/ring/model.ts";
import { demandsOf } from "../../../src/cassandra/ring/quorum.ts";
import { replicatedRanges } from "../../../src/cassandra/ring/replicas.ts";
import { planWaves } from "../../../src/cassandra/ring/waves.ts";
import { anyRing, ringOf } from "./arbitrary-ring.ts";

const level = fc.constantFrom<ConsistencyLevel>("ONE", "QUORUM", "LOCAL_QUORUM", "EACH_QUORUM", "TWO");
const maxDown = fc.integer({ min: 1, max: 20 });
const unlimited = Number.POSITIVE_INFINITY;

describe("planWaves", () => {
  it("takes no range below its consistency level, over 10,000 random rings", () => {
    const input = fc.record({ ring: anyRing, level, maxDown, lost: fc.nat({ max: 3 }) });
    fc.assert(
      fc.property(input, ({ ring, level, maxDown, lost }) => {
        const down = new Set(lost === 0 ? [] : ring.nodes.slice(0, lost - 1).map(node => node.id));
        const nodes = ring.nodes.filter(node => !down.has(node.id));
        const { waves, refused } = planWaves({ nodes, demands: demandsOf(ring, level), down, maxDown });
        for (const wave of waves) {
          expect(wave.length).toBeLessThanOrEqual(maxDown);
          const away = new Set([...down, ...wave.map(node => node.id)]);
          expect(broken(ring, level, away).filter(name => touches(name, wave))).toEqual([]);
        }
        const taken = [...waves.flat(), ...refused.map(({ node }) => node)].map(node => node.id);
        expect(taken.toSorted()).toEqual(nodes.map(node => node.id).toSorted());
      }),
      { numRuns: 10_000 },
    );
  }, 120_000);

  it("refuses exactly the nodes that cannot go alone, and says what would be left", () => {
    fc.assert(
      fc.property(anyRing, level, (ring, level) => {
        const { refused } = planWaves(request(ring, level));
        for (const { node, shortfall } of refused) {
          expect(shortfall.left.length).toBeLessThan(shortfall.demand.needed);
          expect(shortfall.demand.replicas).toContain(node.id);
        }
        const alone = ring.nodes.filter(node => broken(ring, level, new Set([node.id])).length > 0);
        expect(refused.map(({ node }) => node.id)).toEqual(alone.map(node => node.id));
      }),
      { numRuns: 1_000 },
    );
  });

  it("needs never more waves than the greedy neighbour rule, and fewer in most rings of single tokens", () => {
    const rings = Array.from({ length: 300 }, (_, index) =>
      ringOf({ centres: 1, racks: 1, nodes: 24 + (index % 24), tokens: 1, factor: 3, seed: index + 1 }),
    ).map(ring => ({ ...ring, keyspaces: ring.keyspaces.slice(0, 1) }));
    const counts = rings.map(ring => ({
      ours: planWaves(request(ring, "QUORUM")).waves.length,
      theirs: greedyNeighbourRule(ring),
    }));
    expect(counts.filter(({ ours, theirs }) => ours > theirs)).toEqual([]);
    expect(counts.filter(({ ours, theirs }) => ours < theirs).length).toBeGreaterThan(rings.length / 2);
  });

  it("takes racks whole where there are as many racks as replicas", () => {
    const ring = ringOf({ centres: 1, racks: 3, nodes: 12, tokens: 16, factor: 3, seed: 7 });
    const { waves } = planWaves(request({ ...ring, keyspaces: ring.keyspaces.slice(0, 1) }, "QUORUM"));
    expect(waves.map(wave => new Set(wave.map(node => node.rack)).size)).toEqual([1, 1, 1]);
  });

  it("takes a node that is down already with the first wave, at no cost and whatever is broken", () => {
    const ring = ringOf({ centres: 1, racks: 1, nodes: 6, tokens: 1, factor: 3, seed: 4 });
    const [dead] = ring.nodes;
    if (dead === undefined) throw new Error("a ring has a node");
    const down = new Set([dead.id]);
    const keyspaces = ring.keyspaces.slice(0, 1);
    const { waves, refused } = planWaves({ ...request({ ...ring, keyspaces }, "QUORUM"), down });
    expect(waves[0]).toContain(dead);
    // Its four neighbours on the ring share a range with it, and two of three replicas must live.
    expect(refused).toHaveLength(4);
    expect(waves.flat()).toHaveLength(2);
  });

  it("takes one at a time by data centre, rack and name", () => {
    const ring = ringOf({ centres: 2, racks: 2, nodes: 12, tokens: 1, factor: 3, seed: 2 });
    const { waves } = planWaves({ ...request({ ...ring, keyspaces: [] }, "QUORUM"), maxDown: 1 });
    expect(waves.map(wave => wave.map(({ dc, rack, host }) => `${dc} ${rack} ${host}`))).toEqual(
      ["DC0 RAC0 db0", "DC0 RAC0 db4", "DC0 RAC0 db8", "DC0 RAC1 db2", "DC0 RAC1 db6", "DC0 RAC1 db10"]
        .concat([
          "DC1 RAC0 db1",
          "DC1 RAC0 db5",
          "DC1 RAC0 db9",
          "DC1 RAC1 db3",
          "DC1 RAC1 db7",
          "DC1 RAC1 db11",
        ])
        .map(name => [name]),
    );
  });

  it("plans the same each time", () => {
    const ring = ringOf({ centres: 2, racks: 2, nodes: 14, tokens: 2, factor: 2, seed: 3 });
    expect(planWaves(request(ring, "LOCAL_QUORUM"))).toEqual(planWaves(request(ring, "LOCAL_QUORUM")));
  });
});

function request(ring: ObservedRing, level: ConsistencyLevel) {
  return { nodes: ring.nodes, demands: demandsOf(ring, level), down: new Set<HostId>(), maxDown: unlimited };
}

/** The rule told a second time, range by range and without any short cut: the replicas of what fails, as text. */
function broken(ring: ObservedRing, level: ConsistencyLevel, away: ReadonlySet<HostId>): string[] {
  const dcOf = new Map(ring.nodes.map(node => [node.id, node.dc]));
  const half = (n: number): number => Math.floor(n / 2) + 1;
  return ring.keyspaces.flatMap(keyspace => {
    const { replication } = keyspace;
    if (replication.strategy === "local") return [];
    const factors = replication.strategy === "network" ? replication.factors : { all: replication.factor };
    const total = Object.values(factors).reduce((a, b) => a + b, 0);
    return replicatedRanges(ring, keyspace).flatMap(({ replicas }) => {
      const fails = (group: readonly HostId[], needed: number): string[] =>
        group.filter(replica => !away.has(replica)).length < needed ? [group.join(" ")] : [];
      const local =
        level === "LOCAL_QUORUM" || (level === "EACH_QUORUM" && replication.strategy === "network");
      if (!local) {
        return fails(
          replicas,
          { ONE: 1, TWO: 2, QUORUM: half(total), LOCAL_QUORUM: 0, EACH_QUORUM: half(total), ALL: total }[
            level
          ],
        );
      }
      return [...new Set(replicas.map(replica => dcOf.get(replica)))].flatMap(dc => {
        const here = replicas.filter(replica => dcOf.get(replica) === dc);
        const own =
          replication.strategy === "network" ? half(replication.factors[dc ?? ""] ?? 0) : half(total);
        return fails(here, replication.strategy === "network" ? own : Math.min(own, here.length));
      });
    });
  });
}

/** Only what a wave makes worse is its fault: a range that nodes which are down already broke is not. */
function touches(replicas: string, wave: readonly RingNode[]): boolean {
  return wave.some(node => replicas.split(" ").includes(node.id));
}

/** What Spotify's cstar does: sorted by rack, every node that shares no range with one that runs, round after round. */
function greedyNeighbourRule(ring: ObservedRing): number {
  const friends = new Map(ring.nodes.map(node => [node.id, new Set<HostId>()]));
  for (const keyspace of ring.keyspaces) {
    for (const { replicas } of replicatedRanges(ring, keyspace)) {
      for (const replica of replicas) replicas.forEach(other => friends.get(replica)?.add(other));
    }
  }
  let waiting = ring.nodes.toSorted((a, b) => a.rack.localeCompare(b.rack));
  let rounds = 0;
  while (waiting.length > 0) {
    const running: RingNode[] = [];
    for (const node of waiting) {
      if (running.every(other => friends.get(other.id)?.has(node.id) !== true)) running.push(node);
    }
    waiting = waiting.filter(node => !running.includes(node));
    rounds += 1;
  }
  return rounds;
}
