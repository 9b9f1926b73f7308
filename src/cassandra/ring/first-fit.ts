import type { Constraints, Pairs } from "./constraints.ts";

/** How nodes are laid into waves. */
export interface Laying {
  constraints: Constraints;
  /** The most nodes of a wave. */
  width: number;
  /** Pairs that are kept apart though no demand wants it. */
  apart?: Pairs;
}

/** Lays the nodes in this order, each into the first wave that bears it. */
export function firstFit(order: readonly number[], laying: Laying): number[][] {
  const waves: Wave[] = [];
  for (const node of order) {
    const found = waves.find(wave => wave.bears(node));
    const wave = found ?? new Wave(laying);
    if (found === undefined) waves.push(wave);
    wave.add(node);
  }
  return waves.map(wave => wave.nodes);
}

class Wave {
  readonly nodes: number[] = [];
  readonly #laying: Laying;
  /** How many replicas of each loose demand are away in this wave. */
  readonly #away: Uint16Array;

  constructor(laying: Laying) {
    this.#laying = laying;
    this.#away = new Uint16Array(laying.constraints.spare.length);
  }

  bears(node: number): boolean {
    const { constraints, width, apart } = this.#laying;
    const { conflicts, loose, spare } = constraints;
    if (this.nodes.length >= width) return false;
    if (this.nodes.some(other => conflicts.has(node, other) || apart?.has(node, other) === true))
      return false;
    return (loose[node] ?? []).every(demand => (this.#away[demand] ?? 0) < (spare[demand] ?? 0));
  }

  add(node: number): void {
    this.nodes.push(node);
    for (const demand of this.#laying.constraints.loose[node] ?? []) {
      this.#away[demand] = (this.#away[demand] ?? 0) + 1;
    }
  }
}
