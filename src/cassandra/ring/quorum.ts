import type { ConsistencyLevel, HostId, Keyspace, ObservedRing, RingNode } from "./model.ts";
import { replicaSets, type ReplicatedRange } from "./replicas.ts";

/** So many replicas of a set of nodes must live: one condition of the consistency level on one replica set. */
export interface Demand {
  /** The keyspaces that make it: all of one replication and one level. */
  keyspaces: readonly string[];
  level: ConsistencyLevel;
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

/** What is asked of single keyspaces instead; nothing is asked of one at `NONE`. */
export type KeyspaceLevels = Readonly<Record<string, ConsistencyLevel | "NONE">>;

/**
 * Cassandra writes traces at ANY, and nobody but an operator reads them: at a quorum of its usual two replicas no node
 * of any ring could ever be stopped.
 */
const USUAL_LEVELS: KeyspaceLevels = { system_traces: "ONE" };

/** What the consistency level asks of every replica set of every keyspace; `levels` overrides it for single ones. */
export function demandsOf(
  ring: ObservedRing,
  level: ConsistencyLevel,
  levels: KeyspaceLevels = {},
): Demand[] {
  const nodes = new Map(ring.nodes.map(node => [node.id, node]));
  const asked = { ...USUAL_LEVELS, ...levels };
  const alike = Map.groupBy(ring.keyspaces, ({ name, replication }) =>
    JSON.stringify([asked[name] ?? level, sorted(replication)]),
  );
  return [...alike.values()].flatMap(keyspaces => {
    const [keyspace] = keyspaces;
    if (keyspace === undefined) return [];
    const own = asked[keyspace.name] ?? level;
    if (own === "NONE") return [];
    const names = keyspaces.map(({ name }) => name);
    return replicaSets(ring, keyspace).flatMap(range =>
      demandsOfRange({ keyspaces: names, keyspace, range, level: own, nodes }),
    );
  });
}

/** The demands that fail when `away` are down: those that stop and those that are down already. */
export function shortfalls(demands: readonly Demand[], away: ReadonlySet<HostId>): Shortfall[] {
  return demands.flatMap(demand => {
    const left = demand.replicas.filter(replica => !away.has(replica));
    return left.length < demand.needed ? [{ demand, left }] : [];
  });
}

/** The nodes that are no live replica now; whether an unknown one lives, nobody can tell. */
export function nodesAway(ring: ObservedRing): Set<HostId> {
  return new Set(ring.nodes.filter(({ state }) => state !== "up").map(({ id }) => id));
}

interface RangeOfKeyspaces {
  keyspaces: readonly string[];
  /** Any of them: their replication is the same. */
  keyspace: Keyspace;
  range: ReplicatedRange;
  level: ConsistencyLevel;
  nodes: ReadonlyMap<HostId, RingNode>;
}

/** How many replicas each level needs is what org.apache.cassandra.db.ConsistencyLevel and ReplicaPlans (3.0 to 5.0) count. */
function demandsOfRange(words: RangeOfKeyspaces): Demand[] {
  const { keyspaces, keyspace, range, level } = words;
  const { replicas } = range;
  if (replicas.length === 0) return [];
  const whole = (needed: number): Demand[] => [{ keyspaces, level, range, replicas, dc: undefined, needed }];
  const total = totalFactor(keyspace, range);
  switch (level) {
    case "ONE":
      return whole(1);
    case "TWO":
      return whole(2);
    case "ALL":
      return whole(total);
    case "QUORUM":
      return whole(majority(total));
    case "EACH_QUORUM":
      return keyspace.replication.strategy === "network" ? perDataCentre(words) : whole(majority(total));
    case "LOCAL_QUORUM":
      return perDataCentre(words);
  }
}

/**
 * Clients of each data centre count on its own replicas. With SimpleStrategy they still want a quorum of the whole
 * factor, and where fewer replicas fall to their data centre, they have none to lose.
 */
function perDataCentre({ keyspaces, keyspace, range, level, nodes }: RangeOfKeyspaces): Demand[] {
  const byCentre = Map.groupBy(range.replicas, replica => nodes.get(replica)?.dc ?? "");
  return [...byCentre].map(([dc, replicas]) => ({
    keyspaces,
    level,
    range,
    replicas,
    dc,
    needed: neededIn(dc, keyspace, replicas.length),
  }));
}

function neededIn(dc: string, { replication }: Keyspace, there: number): number {
  if (replication.strategy === "network") return majority(replication.factors[dc] ?? there);
  if (replication.strategy === "simple") return Math.min(majority(replication.factor), there);
  return 0;
}

/** A quorum counts the factor, not the nodes that happen to exist. */
function totalFactor({ replication }: Keyspace, range: ReplicatedRange): number {
  if (replication.strategy === "simple") return replication.factor;
  if (replication.strategy === "local") return range.replicas.length;
  return Object.values(replication.factors).reduce((sum, factor) => sum + factor, 0);
}

function majority(factor: number): number {
  return Math.floor(factor / 2) + 1;
}

/** Two keyspaces whose factors are only told in another order are replicated alike. */
function sorted(replication: Keyspace["replication"]): unknown {
  if (replication.strategy !== "network") return replication;
  const factors = Object.entries(replication.factors).filter(([, factor]) => factor > 0);
  return factors.toSorted(([a], [b]) => (a < b ? -1 : 1));
}
