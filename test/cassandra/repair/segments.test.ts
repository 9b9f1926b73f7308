import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { repairWaves } from "../../../src/cassandra/repair/repair-waves.ts";
import { repairJobs, type RepairJob } from "../../../src/cassandra/repair/segments.ts";
import type { Keyspace, ObservedRing } from "../../../src/cassandra/ring/model.ts";
import { replicatedRanges } from "../../../src/cassandra/ring/replicas.ts";
import { anyRing, ringOf, unevenRing } from "../ring/arbitrary-ring.ts";

const segments = fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined });

/** The same ring of the other partitioner, whose tokens begin at 0, or with tokens at both ends of the space. */
const anySpace: fc.Arbitrary<ObservedRing> = fc
  .record({ ring: anyRing, random: fc.boolean(), edges: fc.boolean() })
  .map(({ ring, random, edges }) => {
    const partitioner = random ? "RandomPartitioner" : "Murmur3Partitioner";
    const [low, high] = random ? [0n, 2n ** 127n] : [-(2n ** 63n), 2n ** 63n - 1n];
    const nodes = ring.nodes.map((node, index) => {
      if (!edges || index > 1) return node;
      return { ...node, tokens: [index === 0 ? low : high] };
    });
    return { ...ring, partitioner, nodes };
  });

describe("repairJobs", () => {
  it("has every range of the ring that has replicas to compare, exactly once, over 10,000 random rings", () => {
    fc.assert(
      fc.property(anySpace, segments, (ring, segments) => {
        for (const keyspace of ring.keyspaces) {
          const jobs = repairJobs(ring, keyspace, { segments, dataCentres: [] });
          const wanted = replicatedRanges(ring, keyspace).filter(({ replicas }) => replicas.length > 1);
          expect(
            pieces(
              ring,
              jobs.flatMap(({ ranges }) => ranges),
            ),
          ).toEqual(pieces(ring, wanted));
          for (const { replicas, node, ranges } of jobs) {
            expect(replicas).toContain(node);
            expect(ranges.filter(({ after, upTo }) => after === upTo)).toEqual([]);
          }
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it("keeps each piece inside one range of the ring, whose replicas are those of the job", () => {
    fc.assert(
      fc.property(anySpace, fc.integer({ min: 1, max: 5 }), (ring, segments) => {
        for (const keyspace of ring.keyspaces) {
          const owners = replicatedRanges(ring, keyspace);
          for (const { ranges, replicas } of repairJobs(ring, keyspace, { segments, dataCentres: [] })) {
            for (const range of ranges) {
              const [piece] = pieces(ring, [range]);
              const around = owners.filter(owner =>
                pieces(ring, [owner]).some(
                  ([from, to]) => from <= (piece?.[0] ?? 0n) && (piece?.[0] ?? 0n) <= to,
                ),
              );
              expect(around.map(owner => owner.replicas.toSorted())).toEqual([replicas.toSorted()]);
            }
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("cuts the ranges of each set of replicas into so many jobs of about the same width", () => {
    const ring = ringOf({ centres: 1, racks: 1, nodes: 6, tokens: 1, factor: 3, seed: 5 });
    const jobs = repairJobs(ring, siteOf(ring), { segments: 4, dataCentres: [] });
    expect(jobs).toHaveLength(24);
    const load = [...Map.groupBy(jobs, ({ node }) => node).values()].map(({ length }) => length);
    expect(load).toHaveLength(6);
    expect(Math.max(...load) - Math.min(...load)).toBeLessThanOrEqual(2);
    for (const ofSet of Map.groupBy(jobs, ({ replicas }) => replicas.join()).values()) {
      const widths = ofSet.map(({ ranges }) =>
        pieces(ring, ranges).reduce((sum, [from, to]) => sum + to - from + 1n, 0n),
      );
      const [least, most] = [...widths]
        .sort((a, b) => (a < b ? -1 : 1))
        .flatMap((w, i) => (i === 0 || i === 3 ? [w] : []));
      expect((most ?? 0n) - (least ?? 0n)).toBeLessThanOrEqual(1n);
    }
  });

  it("gives the ranges of a token to the first node that keeps them, though the token is another's", () => {
    const node = (id: string, dc: string, token: bigint) => ({
      id,
      host: id,
      address: id,
      dc,
      rack: "r",
      tokens: [token],
      state: "up" as const,
      mode: "normal" as const,
      release: "5.0.6",
      schema: "s",
    });
    const ring: ObservedRing = {
      version: 1,
      partitioner: "Murmur3Partitioner",
      nodes: [node("b1", "B", 10n), node("a1", "A", 20n), node("b2", "B", 30n), node("a2", "A", 40n)],
      keyspaces: [{ name: "site", replication: { strategy: "network", factors: { A: 2 } } }],
    };
    const jobs = repairJobs(ring, siteOf(ring), { segments: undefined, dataCentres: [] });
    expect(
      jobs.map(({ node, ranges, replicas }) => [node, replicas.join(), ranges.map(({ upTo }) => upTo)]),
    ).toEqual([
      ["a1", "a1,a2", [10n, 20n]],
      ["a2", "a2,a1", [30n, 40n]],
    ]);
  });

  it("takes only replicas of the data centres that are named, and leaves out what has one of them alone", () => {
    const ring = ringOf({ centres: 2, racks: 2, nodes: 8, tokens: 2, factor: 3, seed: 9 });
    const jobs = repairJobs(ring, siteOf(ring), { segments: undefined, dataCentres: ["DC1"] });
    const inside = new Set(ring.nodes.filter(({ dc }) => dc === "DC1").map(({ id }) => id));
    expect(jobs.every(({ scope }) => scope === "ranges")).toBe(true);
    expect(jobs.flatMap(({ replicas }) => replicas).filter(id => !inside.has(id))).toEqual([]);
    const single = {
      ...siteOf(ring),
      replication: { strategy: "network", factors: { DC0: 3, DC1: 1 } },
    } as const;
    expect(repairJobs(ring, single, { segments: 2, dataCentres: ["DC1"] })).toEqual([]);
  });
});

describe("repairWaves", () => {
  it("has every job once, none of a wave on the node of another, and no more than asked for", () => {
    fc.assert(
      fc.property(anyRing, segments, fc.integer({ min: 1, max: 20 }), (ring, segments, width) => {
        const jobs = ring.keyspaces.flatMap(keyspace =>
          repairJobs(ring, keyspace, { segments, dataCentres: [] }),
        );
        const waves = repairWaves(jobs, width);
        expect(new Set(waves.flat())).toEqual(new Set(jobs));
        expect(waves.flat()).toHaveLength(jobs.length);
        for (const wave of waves) {
          expect(wave.length).toBeLessThanOrEqual(width);
          const taking = wave.flatMap(({ replicas }) => replicas);
          expect(new Set(taking).size).toBe(taking.length);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("repairs as many nodes at a time as a ring of single tokens allows", () => {
    const ring = ringOf({ centres: 1, racks: 1, nodes: 12, tokens: 1, factor: 3, seed: 3 });
    const jobs = repairJobs(ring, siteOf(ring), { segments: undefined, dataCentres: [] });
    expect(repairWaves(jobs, 12).map(({ length }) => length)).toEqual([4, 4, 4]);
    expect(repairWaves(jobs, 1)).toHaveLength(12);
  });

  it("lays out a ring of 200 nodes in seconds", () => {
    const ring = unevenRing(11);
    const jobs = ring.keyspaces.flatMap(keyspace =>
      repairJobs(ring, keyspace, { segments: 8, dataCentres: [] }),
    );
    const began = Date.now();
    expect(repairWaves(jobs, 200).flat()).toHaveLength(jobs.length);
    expect(Date.now() - began).toBeLessThan(20_000);
  });
});

function siteOf(ring: ObservedRing): Keyspace {
  const found = ring.keyspaces.find(({ name }) => name === "site");
  if (found === undefined) throw new Error("no keyspace site");
  return found;
}

/** The tokens of ranges as closed intervals in order, neighbours joined; two that overlap stay two, so the lists differ. */
function pieces(
  ring: ObservedRing,
  ranges: readonly Pick<RepairJob["ranges"][number], "after" | "upTo">[],
): [bigint, bigint][] {
  const [low, high] =
    ring.partitioner === "RandomPartitioner" ? [0n, 2n ** 127n] : [-(2n ** 63n), 2n ** 63n - 1n];
  const open = ranges.flatMap(({ after, upTo }): [bigint, bigint][] =>
    upTo > after
      ? [[after + 1n, upTo]]
      : [
          [after + 1n, high],
          [low, upTo],
        ],
  );
  const sorted = open.filter(([from, to]) => from <= to).sort((a, b) => (a[0] < b[0] ? -1 : 1));
  const joined: [bigint, bigint][] = [];
  for (const [from, to] of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && last[1] + 1n === from) last[1] = to;
    else joined.push([from, to]);
  }
  return joined;
}
