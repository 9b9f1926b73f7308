import type { Partitioner, Token } from "./model.ts";

/** The part `(after, upTo]` of a ring; all of it when the two are the same, and past the highest token when `upTo` is lower. */
export interface TokenRange {
  after: Token;
  upTo: Token;
}

/** The tokens that there are, both ends included. */
export const TOKEN_LIMITS: Readonly<Record<Partitioner, readonly [lowest: Token, highest: Token]>> = {
  Murmur3Partitioner: [-(2n ** 63n), 2n ** 63n - 1n],
  RandomPartitioner: [0n, 2n ** 127n],
};

/** How many tokens there are. */
export function tokenCount(partitioner: Partitioner): bigint {
  const [lowest, highest] = TOKEN_LIMITS[partitioner];
  return highest - lowest + 1n;
}

/** How many tokens a range has. */
export function widthOf({ after, upTo }: TokenRange, partitioner: Partitioner): bigint {
  return upTo > after ? upTo - after : upTo - after + tokenCount(partitioner);
}

/** The part of a range from its token number `from` (0 is its first) up to, and without, number `to`. */
export function partOf(
  { after }: TokenRange,
  { from, to }: { from: bigint; to: bigint },
  partitioner: Partitioner,
): TokenRange {
  return { after: tokenAt(after, from, partitioner), upTo: tokenAt(after, to, partitioner) };
}

/** The token so many steps after another, round the ring. */
function tokenAt(token: Token, steps: bigint, partitioner: Partitioner): Token {
  const [lowest] = TOKEN_LIMITS[partitioner];
  return lowest + ((token - lowest + steps) % tokenCount(partitioner));
}
