import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ConsistencyLevel, HostId, ObservedRing } from "../../../src/cassandra/ring/model.ts";
import { demandsOf } from "../../../src/cassandra/ring/quorum.ts";
import { planWaves } from "../../../src/cassandra/ring/waves.ts";
import { anyRing, anyUnevenRing, ringOf } from "./arbitrary-ring.ts";
import { brokenBy, greedyWaves, touches } from "./second-telling.ts";

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
        const broken = brokenBy(ring, level);
        for (const wave of waves) {
          expect(wave.length).toBeLessThanOrEqual(maxDown);
          const away = new Set([...down, ...wave.map(node => node.id)]);
          expect(broken(away).filter(replicas => touches(replicas, wave))).toEqual([]);
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
        const alone = ring.nodes.filter(node => brokenBy(ring, level)(new Set([node.id])).length > 0);
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
      theirs: greedyWaves(ring, ring.nodes).length,
    }));
    expect(counts.filter(({ ours, theirs }) => ours > theirs)).toEqual([]);
    expect(counts.filter(({ ours, theirs }) => ours < theirs).length).toBeGreaterThan(rings.length / 2);
  });

  it("does so in large rings with uneven racks and data centres too, and never in more waves than the greedy rule", () => {
    fc.assert(
      fc.property(anyUnevenRing, level, (ring, level) => {
        const down = new Set(ring.nodes.filter(({ state }) => state === "down").map(({ id }) => id));
        const nodes = ring.nodes.filter(({ id }) => !down.has(id));
        const demands = demandsOf(ring, level);
        const { waves, refused } = planWaves({ nodes, demands, down, maxDown: unlimited });
        const broken = brokenBy(ring, level);
        for (const wave of waves) {
          const away = new Set([...down, ...wave.map(node => node.id)]);
          expect(broken(away).filter(replicas => touches(replicas, wave))).toEqual([]);
        }
        const takeable = nodes.filter(node => !refused.some(other => other.node === node));
        expect(waves.flat()).toHaveLength(takeable.length);
        expect(waves.length).toBeLessThanOrEqual(greedyWaves(ring, takeable).length);
      }),
      { numRuns: 100 },
    );
  });

  it("takes racks whole where there are as many racks as replicas", () => {
    const ring = ringOf({ centres: 1, racks: 3, nodes: 12, tokens: 16, factor: 3, seed: 7 });
    const { waves } = planWaves(request({ ...ring, keyspaces: ring.keyspaces.slice(0, 1) }, "QUORUM"));
    expect(waves.map(wave => new Set(wave.map(node => node.rack)).size)).toEqual([1, 1, 1]);
  });

  it("takes as many replicas of a range at once as its level can spare", () => {
    const ring = ringOf({ centres: 2, racks: 3, nodes: 24, tokens: 16, factor: 3, seed: 7 });
    const { waves } = planWaves(request({ ...ring, keyspaces: ring.keyspaces.slice(0, 1) }, "QUORUM"));
    // Of six replicas four must live.
    expect(waves).toHaveLength(3);
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
