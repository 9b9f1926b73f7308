import type { HostId, Keyspace, ObservedRing } from "./model.ts";
import { replicatedRanges } from "./replicas.ts";
import { tokenCount, widthOf } from "./token-space.ts";

/** Shares are told to a millionth. */
const PARTS = 1_000_000n;

/**
 * The share of the data that each node holds, from 0 to 1: of a keyspace with all of its replicas ("effective" in nodetool's
 * words), or without one the share of the ring that falls to its own tokens. Shares of a keyspace sum to its replicas.
 */
export function ownership(ring: ObservedRing, keyspace?: Keyspace): Map<HostId, number> {
  const asked = keyspace ?? { name: "", replication: { strategy: "simple", factor: 1 } };
  const held = new Map<HostId, bigint>(ring.nodes.map(({ id }) => [id, 0n]));
  for (const range of replicatedRanges(ring, asked)) {
    const width = widthOf(range, ring.partitioner);
    for (const id of range.replicas) held.set(id, (held.get(id) ?? 0n) + width);
  }
  const all = tokenCount(ring.partitioner);
  const share = (tokens: bigint): number => Number((tokens * PARTS) / all) / Number(PARTS);
  return new Map([...held].map(([id, tokens]) => [id, share(tokens)]));
}
