import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forecastShrink, type NodeDisk } from "../../../src/cassandra/grow/forecast.ts";
import { shrinkProblems } from "../../../src/cassandra/grow/shrink-rule.ts";
import type { ObservedRing } from "../../../src/cassandra/ring/model.ts";
import { ownership } from "../../../src/cassandra/ring/ownership.ts";
import { replicatedRanges } from "../../../src/cassandra/ring/replicas.ts";
import { anyRing, ringOf } from "../ring/arbitrary-ring.ts";

const shape = { centres: 1, racks: 1, nodes: 4, tokens: 4, factor: 3, seed: 7 };
const four = ringOf(shape);
const BYTES = 1_000_000_000;
const leavingOf = (ring: ObservedRing, bits: number): string[] =>
  ring.nodes.filter((_, index) => ((bits >> index) & 1) === 1).map(({ host }) => host);
const without = (ring: ObservedRing, hosts: readonly string[]): ObservedRing => ({
  ...ring,
  nodes: ring.nodes.filter(({ host }) => !hosts.includes(host)),
});

describe("shrinkProblems", () => {
  it("lets nodes go exactly when every range of what is left has all of its replicas", () => {
    fc.assert(
      fc.property(anyRing, fc.nat({ max: 2 ** 14 - 1 }), (ring, bits) => {
        const leaving = leavingOf(ring, bits);
        const rest = without(ring, leaving);
        const whole = ring.keyspaces.every(keyspace => {
          const { replication } = keyspace;
          if (replication.strategy === "local") return true;
          const factors =
            replication.strategy === "simple" ? [replication.factor] : Object.values(replication.factors);
          const wanted = factors.reduce((sum, factor) => sum + factor, 0);
          const ranges = replicatedRanges(rest, keyspace);
          return ranges.length > 0
            ? ranges.every(({ replicas }) => replicas.length === wanted)
            : wanted === 0;
        });
        expect(shrinkProblems({ ring, leaving, seeds: [] }).length === 0).toBe(whole);
      }),
      { numRuns: 2000 },
    );
  });

  it("names the keyspaces, their factor and the nodes that would be left", () => {
    expect(shrinkProblems({ ring: four, leaving: ["db0", "db1"], seeds: [] })).toEqual([
      "site: 3 replicas in DC0, and 2 nodes would be left there",
    ]);
  });

  it("does not let every seed go, nor a node from a ring that is not whole", () => {
    const leaving = ["db0"];
    expect(shrinkProblems({ ring: four, leaving, seeds: ["db0"] })).toEqual([
      "db0: every seed would be gone; name others in seeds: first",
    ]);
    expect(shrinkProblems({ ring: four, leaving, seeds: ["db0", "db1"] })).toEqual([]);
    const [first, second, third, fourth] = four.nodes;
    if (first === undefined || second === undefined || third === undefined || fourth === undefined)
      throw new Error("four nodes");
    const nodes = [
      first,
      { ...second, state: "down" as const },
      { ...third, mode: "joining" as const, release: "5.0.5" },
      { ...fourth, schema: "other" },
    ];
    expect(shrinkProblems({ ring: { ...four, nodes }, leaving, seeds: [] })).toEqual(
      [
        "db1 is down",
        "db2 is joining",
        "releases are mixed: 5.0.6: db[0-1,3]; 5.0.5: db2",
        "the schema differs: db[0-2] against db3",
        "site: 3 replicas in DC0, and 2 nodes would be left there",
      ].slice(0, 4),
    );
  });

  it("waits for a node that leaves already, and for no other one", () => {
    const leave = (host: string) => ({
      ...four,
      nodes: four.nodes.map(node => (node.host === host ? { ...node, mode: "leaving" as const } : node)),
    });
    expect(shrinkProblems({ ring: leave("db0"), leaving: ["db0"], seeds: [] })).toEqual([]);
    expect(shrinkProblems({ ring: leave("db1"), leaving: ["db0"], seeds: [] })).toEqual(["db1 is leaving"]);
  });

  it("keeps a fifth of what a disk has left for compactions", () => {
    const node = { host: "db1", now: 5, gain: 80, free: 100 };
    const problems = (gain: number) =>
      shrinkProblems({ ring: four, leaving: ["db0"], seeds: [], forecast: [{ ...node, gain }] });
    expect(problems(80)).toEqual([]);
    expect(problems(81)).toEqual(["db1 would gain 81B, and has 100B free, of which 80B may be used"]);
  });
});

describe("forecastShrink", () => {
  it("gives all that the leaving nodes hold to the others, where nothing keeps replicas apart", () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 12 }), fc.integer({ min: 1, max: 2 ** 30 }), (nodes, seed) => {
        const ring = ringOf({ ...shape, nodes, seed });
        const disks = disksOf(ring, BYTES);
        const leaving = ["db1"];
        const gone = [...(disks.find(({ host }) => host === "db1")?.held.values() ?? [])];
        const total = gone.reduce((sum, bytes) => sum + bytes, 0);
        const gains = forecastShrink(ring, leaving, disks).reduce((sum, { gain }) => sum + gain, 0);
        // Shares are told to a millionth.
        expect(Math.abs(gains - total)).toBeLessThan(BYTES / 10_000);
      }),
      { numRuns: 200 },
    );
  });

  it("leaves nothing to gain for those that hold everything already, and knows what is free", () => {
    const ring = without(four, ["db3"]);
    const all = {
      ...ring,
      keyspaces: [{ name: "site", replication: { strategy: "simple" as const, factor: 3 } }],
    };
    expect(forecastShrink(all, ["db2"], [{ host: "db0", held: new Map([["site", 10]]), free: 7 }])).toEqual([
      { host: "db0", now: 10, gain: 0, free: 7 },
      { host: "db1", now: 0, gain: 0, free: undefined },
    ]);
  });
});

/** Disks of a ring whose data is spread as its shares are. */
function disksOf(ring: ObservedRing, bytes: number): NodeDisk[] {
  const shares = ring.keyspaces.map(keyspace => ({ name: keyspace.name, of: ownership(ring, keyspace) }));
  return ring.nodes.map(({ id, host }) => ({
    host,
    held: new Map(shares.map(({ name, of }) => [name, (of.get(id) ?? 0) * bytes])),
    free: bytes,
  }));
}
