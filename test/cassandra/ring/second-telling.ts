import type {
  ConsistencyLevel,
  HostId,
  Keyspace,
  ObservedRing,
  RingNode,
} from "../../../src/cassandra/ring/model.ts";
import { replicatedRanges } from "../../../src/cassandra/ring/replicas.ts";

/** So many of these replicas must live. */
interface Need {
  replicas: readonly HostId[];
  needed: number;
}

/**
 * The rule told a second time, range by range and without any short cut: gives the replicas of every range that falls
 * below its level while the nodes given are away.
 */
export function brokenBy(
  ring: ObservedRing,
  level: ConsistencyLevel,
): (away: ReadonlySet<HostId>) => (readonly HostId[])[] {
  const dcOf = new Map(ring.nodes.map(node => [node.id, node.dc]));
  const needs = ring.keyspaces.flatMap(keyspace =>
    replicatedRanges(ring, keyspace).flatMap(({ replicas }) => needsOf({ keyspace, replicas, level, dcOf })),
  );
  return away =>
    needs
      .filter(({ replicas, needed }) => replicas.filter(replica => !away.has(replica)).length < needed)
      .map(({ replicas }) => replicas);
}

/** Only what a wave makes worse is its fault: a range that nodes which are down already broke is not. */
export function touches(replicas: readonly HostId[], wave: readonly RingNode[]): boolean {
  return wave.some(node => replicas.includes(node.id));
}

/** What Spotify's cstar does: sorted by rack, every node that shares no range with one that runs, round after round. */
export function greedyWaves(
  ring: ObservedRing,
  nodes: readonly RingNode[],
  areNeighbours: (one: RingNode, other: RingNode) => boolean = () => true,
): RingNode[][] {
  const friends = new Map(ring.nodes.map(node => [node.id, new Set<HostId>()]));
  for (const keyspace of ring.keyspaces) {
    for (const { replicas } of replicatedRanges(ring, keyspace)) {
      for (const replica of replicas) replicas.forEach(other => friends.get(replica)?.add(other));
    }
  }
  let waiting = nodes.toSorted((a, b) => a.rack.localeCompare(b.rack));
  const rounds: RingNode[][] = [];
  while (waiting.length > 0) {
    const running: RingNode[] = [];
    for (const node of waiting) {
      const apart = running.every(
        other => friends.get(other.id)?.has(node.id) !== true || !areNeighbours(node, other),
      );
      if (apart) running.push(node);
    }
    waiting = waiting.filter(node => !running.includes(node));
    rounds.push(running);
  }
  return rounds;
}

function needsOf(words: {
  keyspace: Keyspace;
  replicas: readonly HostId[];
  level: ConsistencyLevel;
  dcOf: ReadonlyMap<HostId, string>;
}): Need[] {
  const { keyspace, replicas, level, dcOf } = words;
  const { replication } = keyspace;
  if (replication.strategy === "local") return [];
  const factors = replication.strategy === "network" ? replication.factors : { all: replication.factor };
  const total = Object.values(factors).reduce((a, b) => a + b, 0);
  const local = level === "LOCAL_QUORUM" || (level === "EACH_QUORUM" && replication.strategy === "network");
  if (!local) {
    const of = { ONE: 1, TWO: 2, QUORUM: half(total), LOCAL_QUORUM: 0, EACH_QUORUM: half(total), ALL: total };
    return [{ replicas, needed: of[level] }];
  }
  return [...new Set(replicas.map(replica => dcOf.get(replica) ?? ""))].map(dc => {
    const here = replicas.filter(replica => dcOf.get(replica) === dc);
    if (replication.strategy === "network")
      return { replicas: here, needed: half(replication.factors[dc] ?? 0) };
    return { replicas: here, needed: Math.min(half(total), here.length) };
  });
}

function half(factor: number): number {
  return Math.floor(factor / 2) + 1;
}
