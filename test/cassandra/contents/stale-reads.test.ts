import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { movementOf } from "../../../src/cassandra/contents/stale-reads.ts";
import type {
  ConsistencyLevel,
  HostId,
  Keyspace,
  ObservedRing,
  RingNode,
} from "../../../src/cassandra/ring/model.ts";
import { replicatedRanges } from "../../../src/cassandra/ring/replicas.ts";

const LEVELS = ["ONE", "TWO", "QUORUM", "LOCAL_QUORUM", "EACH_QUORUM", "ALL"] as const;

function ringOf(dcs: readonly string[], racks: readonly string[] = []): ObservedRing {
  const nodes = dcs.map((dc, index): RingNode => {
    const place = { dc, rack: racks[index] ?? "R", tokens: [BigInt(index * 10)] };
    const state = { state: "up", mode: "normal", release: undefined, schema: undefined } as const;
    return { id: `n${index}`, host: `n${index}`, address: `127.0.0.${index + 1}`, ...place, ...state };
  });
  return { version: 1, partitioner: "Murmur3Partitioner", nodes, keyspaces: [] };
}

function keyspace(factors: Readonly<Record<string, number>>): Keyspace {
  return { name: "site", replication: { strategy: "network", factors } };
}

function staleShare(
  dcs: readonly string[],
  change: [Record<string, number>, Record<string, number>],
  level: ConsistencyLevel,
) {
  const [before, after] = change.map(keyspace);
  if (before === undefined || after === undefined) throw new Error("a change has two ends");
  const { stale, ranges } = movementOf(ringOf(dcs), { before, after }, level);
  return stale / ranges;
}

describe("movementOf", () => {
  const four = ["DC0", "DC0", "DC0", "DC0"];

  it("knows the steps that keep quorums overlapping, and those that do not", () => {
    expect(staleShare(four, [{ DC0: 1 }, { DC0: 2 }], "QUORUM")).toBe(0);
    expect(staleShare(four, [{ DC0: 2 }, { DC0: 3 }], "QUORUM")).toBe(0);
    expect(staleShare(four, [{ DC0: 1 }, { DC0: 3 }], "QUORUM")).toBe(1);
    expect(staleShare(four, [{ DC0: 3 }, { DC0: 2 }], "QUORUM")).toBe(0);
    expect(staleShare(four, [{ DC0: 3 }, { DC0: 1 }], "QUORUM")).toBe(1);
  });

  it("counts a new data centre as empty for those who read there alone", () => {
    const two = ["DC0", "DC0", "DC1", "DC1"];
    const added: [Record<string, number>, Record<string, number>] = [{ DC0: 2 }, { DC0: 2, DC1: 1 }];
    expect(staleShare(two, added, "LOCAL_QUORUM")).toBe(1);
    expect(staleShare(two, added, "QUORUM")).toBe(0);
  });

  it("counts the ranges that get a new replica and those that lose one", () => {
    const ring = ringOf(four);
    const words = { before: keyspace({ DC0: 2 }), after: keyspace({ DC0: 3 }) };
    expect(movementOf(ring, words, "QUORUM")).toEqual({ gained: 4, lost: 0, stale: 0, ranges: 4 });
    const moved = ringOf(["DC0", "DC0", "DC0", "DC0"], ["A", "A", "B", "B"]);
    const simple: Keyspace = { name: "site", replication: { strategy: "simple", factor: 2 } };
    expect(movementOf(moved, { before: simple, after: keyspace({ DC0: 2 }) }, "QUORUM")).toMatchObject({
      gained: 2,
      lost: 2,
    });
  });

  it("says that a read may miss a write exactly where some write set and some read set do not meet", () => {
    const dcs = fc.array(fc.constantFrom("DC0", "DC1"), { minLength: 1, maxLength: 6 });
    const factors = fc.record({ DC0: fc.integer({ min: 0, max: 4 }), DC1: fc.integer({ min: 0, max: 4 }) });
    fc.assert(
      fc.property(
        fc.record({ dcs, one: factors, other: factors, level: fc.constantFrom(...LEVELS) }),
        words => {
          const { one, other, level } = words;
          const ring = ringOf(words.dcs);
          const [before, after] = [keyspace(one), keyspace(other)];
          const wanted = countByTrying(ring, { before, after }, level);
          expect(movementOf(ring, { before, after }, level).stale).toBe(wanted);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

/** The same by trying every set of replicas that may have taken a write against every one that may be read. */
function countByTrying(
  ring: ObservedRing,
  { before, after }: { before: Keyspace; after: Keyspace },
  level: ConsistencyLevel,
): number {
  const dcOf = new Map(ring.nodes.map(({ id, dc }) => [id, dc]));
  const local = level === "LOCAL_QUORUM" || level === "EACH_QUORUM";
  const groups = local ? ["DC0", "DC1"] : [undefined];
  const within = (ids: readonly HostId[], dc: string | undefined) =>
    ids.filter(id => dc === undefined || dcOf.get(id) === dc);
  const ranges = replicatedRanges(ring, after).map((range, index) => ({
    old: replicatedRanges(ring, before)[index]?.replicas ?? [],
    now: range.replicas,
  }));
  return ranges.filter(({ old, now }) =>
    groups.some(dc => {
      const [writers, readers] = [within(old, dc), within(now, dc)];
      if (readers.length === 0) return false;
      const promised = everyPairMeets(writers, writers, level);
      return (promised || writers.length === 0) && !everyPairMeets(writers, readers, level);
    }),
  ).length;
}

function everyPairMeets(
  writers: readonly HostId[],
  readers: readonly HostId[],
  level: ConsistencyLevel,
): boolean {
  return choices(writers, level).every(written =>
    choices(readers, level).every(read => read.some(id => written.includes(id))),
  );
}

function choices(ids: readonly HostId[], level: ConsistencyLevel): HostId[][] {
  const size = { ONE: 1, TWO: 2, ALL: ids.length }[level as "ONE"] ?? Math.floor(ids.length / 2) + 1;
  const wanted = ids.length === 0 ? 0 : Math.min(size, ids.length);
  const all = Array.from({ length: 2 ** ids.length }, (_, mask) =>
    ids.filter((_id, bit) => (mask >> bit) % 2 === 1),
  );
  return all.filter(chosen => chosen.length === wanted);
}
