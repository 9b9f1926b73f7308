import type { Partitioner, Token } from "../ring/model.ts";
import { TOKEN_LIMITS, tokenCount, type TokenRange } from "../ring/token-space.ts";

/** Ranges that were repaired together. */
export interface RepairedRanges {
  ranges: readonly TokenRange[];
  /** When that began: what was written later may not be in it. Milliseconds since the epoch. */
  at: number;
}

/** How much of a ring was repaired, and how long ago at worst. */
export interface Coverage {
  /** From 0 to 1, rounded down to a millionth: 1 is all of it. */
  share: number;
  /** When the part was repaired that has waited longest among those that were; undefined when nothing was. */
  oldest: number | undefined;
}

/** Tokens from `first` to `last`, both included. */
interface Interval {
  first: Token;
  last: Token;
}

const PARTS = 1_000_000n;

/** What these repairs cover of the ring together, each part by the newest of them. */
export function coverageOf(repairs: readonly RepairedRanges[], partitioner: Partitioner): Coverage {
  const [lowest, highest] = TOKEN_LIMITS[partitioner];
  let open: readonly Interval[] = [{ first: lowest, last: highest }];
  let oldest: number | undefined;
  for (const { ranges, at } of repairs.toSorted((a, b) => b.at - a.at)) {
    if (open.length === 0) break;
    const before = countOf(open);
    for (const interval of ranges.flatMap(range => intervalsOf(range, partitioner)))
      open = without(open, interval);
    if (countOf(open) < before) oldest = at;
  }
  const all = tokenCount(partitioner);
  return { share: Number(((all - countOf(open)) * PARTS) / all) / Number(PARTS), oldest };
}

/** A range past the highest token goes on at the lowest. */
function intervalsOf({ after, upTo }: TokenRange, partitioner: Partitioner): Interval[] {
  const [lowest, highest] = TOKEN_LIMITS[partitioner];
  const intervals =
    upTo > after
      ? [{ first: after + 1n, last: upTo }]
      : [
          { first: after + 1n, last: highest },
          { first: lowest, last: upTo },
        ];
  return intervals.filter(({ first, last }) => first <= last);
}

function without(intervals: readonly Interval[], { first, last }: Interval): Interval[] {
  return intervals.flatMap(open => {
    if (last < open.first || first > open.last) return [open];
    return [
      ...(first > open.first ? [{ first: open.first, last: first - 1n }] : []),
      ...(last < open.last ? [{ first: last + 1n, last: open.last }] : []),
    ];
  });
}

function countOf(intervals: readonly Interval[]): bigint {
  return intervals.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
}
