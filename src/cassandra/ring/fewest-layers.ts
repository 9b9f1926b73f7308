import { fewestWaves } from "./constraints.ts";
import { firstFit, type Laying } from "./first-fit.ts";

/** Rounds of improvement: beyond these, more found no fewer layers in the rings that were tried. */
const ROUNDS = 60;

/**
 * Takes the best of several layings of `count` numbers and improves it by laying whole layers again in other orders, which
 * never needs more of them (J. Culberson, "Iterated Greedy Graph Coloring", 1992; it holds here since every part of a
 * layer that is allowed is allowed too). The result does not depend on chance.
 */
export function fewestLayers(
  attempts: readonly (readonly number[][])[],
  count: number,
  laying: Laying,
): number[][] {
  const best = attempts.reduce((a, b) => (b.length < a.length ? b : a), attempts[0] ?? []);
  const fewest = Math.max(fewestWaves(laying.constraints, count), Math.ceil(count / laying.width));
  return improve([...best], fewest, order => firstFit(order, laying));
}

function improve(
  start: number[][],
  fewest: number,
  lay: (order: readonly number[]) => number[][],
): number[][] {
  const random = sequence(start.length);
  let best = start;
  let current = start;
  for (let round = 0; round < ROUNDS && best.length > fewest; round += 1) {
    current = lay(relaid(current, round, random).flat());
    if (current.length < best.length) best = current;
  }
  return best;
}

/** The layers in another order: reversed, the largest first, or shuffled, in turn. */
function relaid(layers: readonly number[][], round: number, random: () => number): number[][] {
  if (round % 3 === 0) return layers.toReversed();
  if (round % 3 === 1) return layers.toSorted((a, b) => b.length - a.length);
  const keyed = layers.map(layer => ({ layer, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ layer }) => layer);
}

/** Numbers in [0, 1) that are the same on every run (the minimal standard generator of Park and Miller, 1988). */
function sequence(seed: number): () => number {
  let state = (seed % 2147483646) + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
