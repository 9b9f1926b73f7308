import type { HostId, Keyspace, ObservedRing, RingNode, Token } from "./model.ts";
import type { TokenRange } from "./token-space.ts";

/** The ring range (after, upTo] and the nodes that hold it. */
export interface ReplicatedRange extends TokenRange {
  /** In Cassandra's own order: for the first one it is a primary range. */
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
  const choose = chooserFor(positions, keyspace);
  return positions.map(({ token }, index) => ({
    after: positions.at(index - 1)?.token ?? token,
    upTo: token,
    replicas: choose(index),
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

type Chooser = (start: number) => HostId[];

/** What is the same for every range is looked up once: a ring of 200 nodes may have 51,200 of them. */
function chooserFor(positions: readonly Position[], { replication }: Keyspace): Chooser {
  if (replication.strategy === "local") return () => [];
  if (replication.strategy === "simple") {
    const { factor } = replication;
    return start => nextDistinct(positions, start, factor);
  }
  const wanted = wantedByCentre(positions, replication.factors);
  return start => perDataCentre(positions, start, wanted);
}

function nextDistinct(positions: readonly Position[], start: number, factor: number): HostId[] {
  const chosen = new Set<HostId>();
  for (const { node } of walk(positions, start)) {
    if (chosen.size >= factor) break;
    chosen.add(node.id);
  }
  return [...chosen];
}

/** How many replicas a data centre has, and how often among them a rack may come again. */
interface Wanted {
  replicas: number;
  rackRepeats: number;
}

function wantedByCentre(
  positions: readonly Position[],
  factors: Readonly<Record<string, number>>,
): ReadonlyMap<string, Wanted> {
  const byCentre = Map.groupBy(new Set(positions.map(({ node }) => node)), node => node.dc);
  return new Map(
    Object.entries(factors).map(([dc, factor]) => {
      const nodes = byCentre.get(dc) ?? [];
      const racks = new Set(nodes.map(node => node.rack)).size;
      return [dc, { replicas: Math.min(factor, nodes.length), rackRepeats: factor - racks }];
    }),
  );
}

function perDataCentre(
  positions: readonly Position[],
  start: number,
  wanted: ReadonlyMap<string, Wanted>,
): HostId[] {
  const choices = new Map([...wanted].map(([dc, ofCentre]) => [dc, new DataCentreChoice(ofCentre)]));
  let open = [...choices.values()].filter(choice => !choice.complete).length;
  const chosen: HostId[] = [];
  for (const { node } of walk(positions, start)) {
    if (open === 0) break;
    const choice = choices.get(node.dc);
    if (choice === undefined || choice.complete) continue;
    if (choice.takes(node)) chosen.push(node.id);
    if (choice.complete) open -= 1;
  }
  return chosen;
}

/** Once round the ring. */
function* walk(positions: readonly Position[], start: number): Generator<Position> {
  for (let step = 0; step < positions.length; step += 1) {
    const position = positions[(start + step) % positions.length];
    if (position !== undefined) yield position;
  }
}

/** The replicas of one data centre while the ring is walked. */
class DataCentreChoice {
  readonly #chosen = new Set<HostId>();
  readonly #racks = new Set<string>();
  readonly #wanted: number;
  #rackRepeats: number;

  constructor({ replicas, rackRepeats }: Wanted) {
    this.#wanted = replicas;
    this.#rackRepeats = rackRepeats;
  }

  get complete(): boolean {
    return this.#chosen.size >= this.#wanted;
  }

  takes(node: RingNode): boolean {
    if (this.complete || this.#chosen.has(node.id)) return false;
    if (this.#racks.has(node.rack)) {
      if (this.#rackRepeats <= 0) return false;
      this.#rackRepeats -= 1;
    }
    this.#racks.add(node.rack);
    this.#chosen.add(node.id);
    return true;
  }
}
