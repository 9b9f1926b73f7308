import { Pairs, type Constraints } from "../ring/constraints.ts";
import { fewestLayers } from "../ring/fewest-layers.ts";
import { firstFit } from "../ring/first-fit.ts";
import type { HostId } from "../ring/model.ts";
import type { RepairJob } from "./segments.ts";

/** Beyond so many sets of replicas the search for fewer waves would take longer than it can save. */
const MOST_IMPROVED = 600;

/**
 * Spreads jobs over waves, at most `width` in one, in which no node takes part in two: as few as are found for each keyspace,
 * one keyspace after the other. Jobs on one set of replicas are alike, so only the sets are laid.
 */
export function repairWaves(jobs: readonly RepairJob[], width: number): RepairJob[][] {
  const byKeyspace = Map.groupBy(jobs, ({ keyspace }) => keyspace);
  return [...byKeyspace.values()].flatMap(ofKeyspace => wavesOf(ofKeyspace, width));
}

function wavesOf(jobs: readonly RepairJob[], width: number): RepairJob[][] {
  const bySet = Map.groupBy(jobs, ({ replicas }) => replicas.toSorted().join(" "));
  const sets = [...bySet.values()];
  return laySets(sets, width).flatMap(layer => inTurn(layer.flatMap(number => [sets[number] ?? []])));
}

/** The first job of each, then the second of each that has one, and so on. */
function inTurn(lists: readonly (readonly RepairJob[])[]): RepairJob[][] {
  const longest = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap(list => list[index] ?? []));
}

function laySets(sets: readonly (readonly RepairJob[])[], width: number): number[][] {
  const laying = { constraints: constraintsOf(sets), width };
  const given = sets.map((_, number) => number);
  const attempt = firstFit(given, laying);
  if (width === 1 || sets.length > MOST_IMPROVED) return attempt;
  const { conflicts } = laying.constraints;
  const degrees = given.map(one => given.filter(other => conflicts.has(one, other)).length);
  const mostConstrained = given.toSorted((a, b) => (degrees[b] ?? 0) - (degrees[a] ?? 0));
  return fewestLayers([attempt, firstFit(mostConstrained, laying)], sets.length, laying);
}

/** Two sets with a node in common are in conflict. */
function constraintsOf(sets: readonly (readonly RepairJob[])[]): Constraints {
  const conflicts = new Pairs(sets.length);
  const members = new Map<HostId, number[]>();
  sets.forEach((jobs, number) => {
    for (const id of jobs[0]?.replicas ?? []) members.set(id, [...(members.get(id) ?? []), number]);
  });
  for (const numbers of members.values()) conflicts.addAmong(numbers);
  return { conflicts, neighbours: new Pairs(0), loose: [], spare: [] };
}
