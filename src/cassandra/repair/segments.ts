import type { HostId, Keyspace, ObservedRing, Partitioner } from "../ring/model.ts";
import { replicatedRanges, type ReplicatedRange } from "../ring/replicas.ts";
import { partOf, widthOf, type TokenRange } from "../ring/token-space.ts";

/** A part of a repair that one node coordinates, of one keyspace. */
export interface RepairJob {
  keyspace: string;
  /** The node that coordinates it. */
  node: HostId;
  /** `primary`: nodetool is told to take the primary ranges of the node, which are `ranges`; else one range after the other. */
  scope: "primary" | "ranges";
  ranges: readonly TokenRange[];
  /** Every node that takes part, the coordinator among them. */
  replicas: readonly HostId[];
}

/** What is repaired of a keyspace, and in which pieces. */
export interface RepairScope {
  /** The jobs of each set of replicas; absent: one a node, for its primary ranges. */
  segments: number | undefined;
  /** Only the replicas in these; all when there are none. */
  dataCentres: readonly string[];
}

/**
 * The jobs of a repair of a keyspace. Together they have every range of the ring exactly once, but for ranges with fewer than two
 * replicas (in the data centres), which have nothing to be compared with. Within named data centres Cassandra takes no
 * primary ranges, so there the jobs are by set of replicas, as they are with `segments`. A job never joins two ranges of the ring: a node
 * refuses a range that is not inside one of its own (ActiveRepairService.getNeighbors, 1.2 to 5.0).
 */
export function repairJobs(ring: ObservedRing, keyspace: Keyspace, scope: RepairScope): RepairJob[] {
  const { segments, dataCentres } = scope;
  const ranges = replicatedRanges(ring, keyspace)
    .map(range => ({ ...range, replicas: within(ring, range.replicas, dataCentres) }))
    .filter(({ replicas }) => replicas.length > 1);
  if (segments === undefined && dataCentres.length === 0) return primaryJobs(keyspace.name, ranges);
  return segmentJobs(keyspace.name, ranges, { segments: segments ?? 1, partitioner: ring.partitioner });
}

function within(
  { nodes }: ObservedRing,
  replicas: readonly HostId[],
  dataCentres: readonly string[],
): readonly HostId[] {
  if (dataCentres.length === 0) return replicas;
  const inside = new Set(nodes.filter(({ dc }) => dataCentres.includes(dc)).map(({ id }) => id));
  return replicas.filter(id => inside.has(id));
}

function primaryJobs(keyspace: string, ranges: readonly ReplicatedRange[]): RepairJob[] {
  const byFirst = Map.groupBy(ranges, ({ replicas }) => replicas[0] ?? "");
  return [...byFirst].map(([node, own]) => ({
    keyspace,
    node,
    scope: "primary",
    ranges: own.map(toTokenRange),
    replicas: [...new Set([node, ...own.flatMap(({ replicas }) => replicas)])],
  }));
}

function segmentJobs(
  keyspace: string,
  ranges: readonly ReplicatedRange[],
  { segments, partitioner }: { segments: number; partitioner: Partitioner },
): RepairJob[] {
  const bySet = Map.groupBy(ranges, ({ replicas }) => replicas.toSorted().join(" "));
  const coordinated = new Map<HostId, number>();
  return [...bySet.values()].flatMap(group => {
    const replicas = group[0]?.replicas ?? [];
    return share(group.map(toTokenRange), segments, partitioner).map((part): RepairJob => {
      const node = leastBusy(replicas, coordinated);
      coordinated.set(node, (coordinated.get(node) ?? 0) + 1);
      return { keyspace, node, scope: "ranges", ranges: part, replicas };
    });
  });
}

function leastBusy(replicas: readonly HostId[], coordinated: ReadonlyMap<HostId, number>): HostId {
  const load = (id: HostId): number => coordinated.get(id) ?? 0;
  const node = replicas.toSorted((a, b) => load(a) - load(b))[0];
  if (node === undefined) throw new Error("a range that is repaired has replicas");
  return node;
}

/** Cuts ranges into `count` parts of the same width, or as many as they have tokens. */
function share(ranges: readonly TokenRange[], count: number, partitioner: Partitioner): TokenRange[][] {
  const total = ranges.reduce((sum, range) => sum + widthOf(range, partitioner), 0n);
  const parts = BigInt(count) < total ? BigInt(count) : total;
  const shared: TokenRange[][] = Array.from({ length: Number(parts) }, () => []);
  let before = 0n;
  for (const range of ranges) {
    const width = widthOf(range, partitioner);
    shared.forEach((part, index) => {
      const from = larger((total * BigInt(index)) / parts, before);
      const to = smaller((total * BigInt(index + 1)) / parts, before + width);
      if (from >= to) return;
      part.push(partOf(range, { from: from - before, to: to - before }, partitioner));
    });
    before += width;
  }
  return shared;
}

function toTokenRange({ after, upTo }: ReplicatedRange): TokenRange {
  return { after, upTo };
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
