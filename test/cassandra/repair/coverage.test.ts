import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coverageOf, type RepairedRanges } from "../../../src/cassandra/repair/coverage.ts";
import { repairJobs } from "../../../src/cassandra/repair/segments.ts";
import { anyRing } from "../ring/arbitrary-ring.ts";

const LOW = -(2n ** 63n);
const HIGH = 2n ** 63n - 1n;
const HALF = -1n;
const at = (time: number, ...ranges: [bigint, bigint][]): RepairedRanges => ({
  at: time,
  ranges: ranges.map(([after, upTo]) => ({ after, upTo })),
});

describe("coverageOf", () => {
  it("is nothing without repairs, and all of it for a whole turn", () => {
    expect(coverageOf([], "Murmur3Partitioner")).toEqual({ share: 0, oldest: undefined });
    expect(coverageOf([at(7, [42n, 42n])], "Murmur3Partitioner")).toEqual({ share: 1, oldest: 7 });
    expect(coverageOf([at(7, [0n, 2n ** 127n], [2n ** 127n, 0n])], "RandomPartitioner")).toEqual({
      share: 1,
      oldest: 7,
    });
  });

  it("counts each part by its newest repair", () => {
    const whole = at(1, [LOW, HIGH], [HIGH, LOW]);
    expect(coverageOf([whole, at(5, [HIGH, HALF])], "Murmur3Partitioner")).toEqual({ share: 1, oldest: 1 });
    const again = [at(5, [HIGH, HALF]), whole, at(9, [HALF, HIGH])];
    expect(coverageOf(again, "Murmur3Partitioner")).toEqual({ share: 1, oldest: 5 });
  });

  it("is not all of it while one token is missing", () => {
    const { share } = coverageOf([at(1, [0n, -1n])], "Murmur3Partitioner");
    expect(share).toBeLessThan(1);
    expect(share).toBeGreaterThan(0.99);
    expect(coverageOf([at(1, [LOW, HALF])], "Murmur3Partitioner").share).toBe(0.499999);
  });

  it("is all of it for the jobs of a repair, and less without one of them, over random rings", () => {
    const segments = fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined });
    fc.assert(
      fc.property(anyRing, segments, fc.nat(), (ring, segments, left) => {
        for (const keyspace of ring.keyspaces) {
          const jobs = repairJobs(ring, keyspace, { segments, dataCentres: [] });
          if (jobs.length === 0) continue;
          const repairs = jobs.map(({ ranges }, index) => ({ ranges, at: 100 + index }));
          expect(coverageOf(repairs, ring.partitioner)).toEqual({ share: 1, oldest: 100 });
          const without = coverageOf(repairs.toSpliced(left % jobs.length, 1), ring.partitioner);
          expect(without.share).toBeLessThan(1);
        }
      }),
      { numRuns: 300 },
    );
  });
});
