import type { HostId, RingNode } from "./model.ts";
import type { Demand } from "./quorum.ts";

/**
 * What keeps nodes from being away together, with the nodes as numbers: a ring of 200 nodes with vnodes makes a
 * demand for each of its 51,200 ranges, and every wave that is tried asks them again.
 */
export interface Constraints {
  /** Some demand spares only one of the two. */
  conflicts: Pairs;
  /** The two hold a range together. */
  neighbours: Pairs;
  /** For each node, the demands that spare several of their replicas, but not as many as there are. */
  loose: readonly (readonly number[])[];
  /** How many replicas each of those demands spares. */
  spare: readonly number[];
}

/** A set of unordered pairs of numbers below `size`. */
export class Pairs {
  readonly #size: number;
  readonly #flags: Uint8Array;

  constructor(size: number) {
    this.#size = size;
    this.#flags = new Uint8Array(size * size);
  }

  has(one: number, other: number): boolean {
    return this.#flags[one * this.#size + other] === 1;
  }

  /** Adds every two of the members. */
  addAmong(members: readonly number[]): void {
    for (const one of members) {
      for (const other of members) if (one !== other) this.#flags[one * this.#size + other] = 1;
    }
  }
}

/** The constraints among `nodes`, each of which any demand can spare, beside those that are `down` and cost nothing more. */
export function constraintsAmong(
  nodes: readonly RingNode[],
  demands: readonly Demand[],
  down: ReadonlySet<HostId>,
): Constraints {
  const numbers = new Map(nodes.flatMap(({ id }, number) => (down.has(id) ? [] : [[id, number] as const])));
  const among = (ids: readonly HostId[]): number[] => ids.flatMap(id => numbers.get(id) ?? []);
  const conflicts = new Pairs(nodes.length);
  const neighbours = new Pairs(nodes.length);
  const loose = nodes.map((): number[] => []);
  const spare: number[] = [];
  for (const { replicas, range, needed } of demands) {
    neighbours.addAmong(among(range.replicas));
    const members = among(replicas);
    const spared = replicas.filter(id => !down.has(id)).length - needed;
    if (members.length <= spared) continue;
    if (spared <= 1) conflicts.addAmong(members);
    else for (const member of members) loose[member]?.push(spare.length);
    if (spared > 1) spare.push(spared);
  }
  return { conflicts, neighbours, loose, spare };
}

/** So many of `count` nodes are in conflict with each other that no fewer waves than this can do. */
export function fewestWaves({ conflicts }: Constraints, count: number): number {
  const all = Array.from({ length: count }, (_, number) => number);
  const degree = all.map(one => all.filter(other => conflicts.has(one, other)).length);
  const byDegree = all.toSorted((one, other) => (degree[other] ?? 0) - (degree[one] ?? 0));
  return Math.max(0, ...all.map(first => cliqueFrom(first, byDegree, conflicts)));
}

function cliqueFrom(first: number, candidates: readonly number[], conflicts: Pairs): number {
  const clique = [first];
  for (const candidate of candidates) {
    if (candidate !== first && clique.every(member => conflicts.has(member, candidate)))
      clique.push(candidate);
  }
  return clique.length;
}
