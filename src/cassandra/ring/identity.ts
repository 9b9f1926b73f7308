import type { Keyspace, ObservedRing, RingNode } from "./model.ts";

/**
 * What of a ring a decision about its quorums rests on, in one order: who holds what, who is up, and how keyspaces are
 * replicated. Releases and schema versions are not in it, they are looked at by the gates.
 */
export function ringIdentity({ partitioner, nodes, keyspaces }: ObservedRing): object {
  const holders = nodes.map(({ id, host, address, dc, rack, tokens, state, mode }) => {
    const held = tokens.map(String).sort();
    return { id, host, address, dc, rack, state, mode, tokens: held };
  });
  return {
    partitioner,
    nodes: holders.sort((a, b) => (a.id < b.id ? -1 : 1)),
    keyspaces: keyspaces.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** What the ranges of a keyspace and their replicas follow from, in one order: the tokens of the nodes, their places, and its replication. */
export function keyspaceLayout(
  nodes: readonly Pick<RingNode, "address" | "dc" | "rack" | "tokens">[],
  { name, replication }: Keyspace,
): object {
  const holders = nodes.map(({ address, dc, rack, tokens }) => {
    const held = tokens.map(String).sort();
    return { address, dc, rack, tokens: held };
  });
  return { name, replication, nodes: holders.sort((a, b) => (a.address < b.address ? -1 : 1)) };
}
