import type { HostId, Keyspace, ObservedRing, RingNode, Token } from "./model.ts";

/** The ring range (after, upTo] and the nodes that hold it. */
export interface ReplicatedRange {
  after: Token;
  upTo: Token;
  replicas: readonly HostId[];
}

interface Position {
  token: Token;
  node: RingNode;
}

/**
 * The replicas of every range of a keyspace, in ring order. Joining nodes own nothing yet.
 *
 * SimpleStrategy takes the next distinct nodes of the ring. NetworkTopologyStrategy does so for each data centre,
 * and takes a rack again only as often as the factor exceeds the number of racks
 * (org.apache.cassandra.locator.NetworkTopologyStrategy, DatacenterEndpoints, 3.0 to 5.0).
 */
export function replicatedRanges(ring: ObservedRing, keyspace: Keyspace): ReplicatedRange[] {
  const positions = ringOrder(ring);
  return positions.map(({ token }, index) => ({
    after: positions.at(index - 1)?.token ?? token,
    upTo: token,
    replicas: replicasFrom(positions, index, keyspace),
  }));
}

/** The distinct replica sets of a keyspace: what the quorum rule looks at, far fewer than ranges with vnodes. */
export function replicaSets(ring: ObservedRing, keyspace: Keyspace): ReplicatedRange[] {
  const bySet = new Map<string, ReplicatedRange>();
  for (const range of replicatedRanges(ring, keyspace)) {
    const key = range.replicas.toSorted().join(" ");
    if (!bySet.has(key)) bySet.set(key, range);
  }
  return [...bySet.values()];
}

function ringOrder(ring: ObservedRing): Position[] {
  const owners = ring.nodes.filter(node => node.mode !== "joining");
  const positions = owners.flatMap(node => node.tokens.map(token => ({ token, node })));
  return positions.sort((a, b) => (a.token < b.token ? -1 : Number(a.token > b.token)));
}

function replicasFrom(positions: readonly Position[], start: number, { replication }: Keyspace): HostId[] {
  if (replication.strategy === "local") return [];
  if (replication.strategy === "simple") return nextDistinct(positions, start, replication.factor);
  return perDataCentre(positions, start, replication.factors);
}

function nextDistinct(positions: readonly Position[], start: number, factor: number): HostId[] {
  const chosen = new Set<HostId>();
  for (let step = 0; step < positions.length && chosen.size < factor; step += 1) {
    const position = positions[(start + step) % positions.length];
    if (position !== undefined) chosen.add(position.node.id);
  }
  return [...chosen];
}

function perDataCentre(
  positions: readonly Position[],
  start: number,
  factors: Readonly<Record<string, number>>,
): HostId[] {
  const choices = new Map(
    Object.entries(factors).map(([dc, factor]) => [dc, new DataCentreChoice(positions, dc, factor)]),
  );
  for (let step = 0; step < positions.length; step += 1) {
    const position = positions[(start + step) % positions.length];
    if (position !== undefined) choices.get(position.node.dc)?.offer(position.node);
    if ([...choices.values()].every(choice => choice.complete)) break;
  }
  return [...choices.values()].flatMap(choice => choice.chosen);
}

/** The replicas of one data centre while the ring is walked. */
class DataCentreChoice {
  readonly chosen: HostId[] = [];
  readonly #racks = new Set<string>();
  readonly #wanted: number;
  #rackRepeats: number;

  constructor(positions: readonly Position[], dc: string, factor: number) {
    const nodes = new Map(
      positions.filter(({ node }) => node.dc === dc).map(({ node }) => [node.id, node.rack]),
    );
    this.#wanted = Math.min(factor, nodes.size);
    this.#rackRepeats = factor - new Set(nodes.values()).size;
  }

  get complete(): boolean {
    return this.chosen.length >= this.#wanted;
  }

  offer(node: RingNode): void {
    if (this.complete || this.chosen.includes(node.id)) return;
    if (this.#racks.has(node.rack)) {
      if (this.#rackRepeats <= 0) return;
      this.#rackRepeats -= 1;
    }
    this.#racks.add(node.rack);
    this.chosen.push(node.id);
  }
}
