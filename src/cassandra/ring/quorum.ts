import type { ConsistencyLevel, HostId, Keyspace, ObservedRing, RingNode } from "./model.ts";
import { replicaSets, type ReplicatedRange } from "./replicas.ts";

/** So many replicas of a set of nodes must live: one condition of the consistency level on one replica set. */
export interface Demand {
  keyspace: string;
  range: ReplicatedRange;
  /** The replicas that count: all, or those of one data centre. */
  replicas: readonly HostId[];
  dc: string | undefined;
  needed: number;
}

/** A demand that would not be met. */
export interface Shortfall {
  demand: Demand;
  /** The replicas that would still live. */
  left: readonly HostId[];
}

/**
 * What the consistency level asks of every replica set of every keyspace. `levels` overrides the level of single
 * keyspaces: nobody reads `system_traces` at QUORUM, and at its factor of 2 no node could ever be stopped.
 */
export function demandsOf(
  ring: ObservedRing,
  level: ConsistencyLevel,
  levels: Readonly<Record<string, ConsistencyLevel>> = {},
): Demand[] {
  const nodes = new Map(ring.nodes.map(node => [node.id, node]));
  return ring.keyspaces.flatMap(keyspace =>
    replicaSets(ring, keyspace).flatMap(range =>
      demandsOfRange({ keyspace, range, level: levels[keyspace.name] ?? level, nodes }),
    ),
  );
}

/** The demands that fail when `away` are down: those that stop and those that are down already. */
export function shortfalls(demands: readonly Demand[], away: ReadonlySet<HostId>): Shortfall[] {
  return demands.flatMap(demand => {
    const left = demand.replicas.filter(replica => !away.has(replica));
    return left.length < demand.needed ? [{ demand, left }] : [];
  });
}

interface RangeOfKeyspace {
  keyspace: Keyspace;
  range: ReplicatedRange;
  level: ConsistencyLevel;
  nodes: ReadonlyMap<HostId, RingNode>;
}

function demandsOfRange({ keyspace, range, level, nodes }: RangeOfKeyspace): Demand[] {
  if (range.replicas.length === 0) return [];
  const whole = (needed: number): Demand[] => [
    { keyspace: keyspace.name, range, replicas: range.replicas, dc: undefined, needed },
  ];
  switch (level) {
    case "ONE":
      return whole(1);
    case "TWO":
      return whole(2);
    case "ALL":
      return whole(totalFactor(keyspace, range));
    case "QUORUM":
      return whole(majority(totalFactor(keyspace, range)));
    case "LOCAL_QUORUM":
    case "EACH_QUORUM":
      return perDataCentre(keyspace, range, nodes);
  }
}

/** Clients of each data centre count on its own replicas; with SimpleStrategy a data centre has what falls to it. */
function perDataCentre(
  keyspace: Keyspace,
  range: ReplicatedRange,
  nodes: ReadonlyMap<HostId, RingNode>,
): Demand[] {
  const byCentre = Map.groupBy(range.replicas, replica => nodes.get(replica)?.dc);
  return [...byCentre].map(([dc, replicas]) => ({
    keyspace: keyspace.name,
    range,
    replicas,
    dc,
    needed: majority(factorOf(keyspace, dc) ?? replicas.length),
  }));
}

/** A quorum counts the factor, not the nodes that happen to exist. */
function totalFactor({ replication }: Keyspace, range: ReplicatedRange): number {
  if (replication.strategy === "simple") return replication.factor;
  if (replication.strategy === "local") return range.replicas.length;
  return Object.values(replication.factors).reduce((sum, factor) => sum + factor, 0);
}

function factorOf({ replication }: Keyspace, dc: string | undefined): number | undefined {
  return replication.strategy === "network" && dc !== undefined ? replication.factors[dc] : undefined;
}

function majority(factor: number): number {
  return Math.floor(factor / 2) + 1;
}
