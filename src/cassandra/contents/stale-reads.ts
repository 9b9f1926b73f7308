import type { ConsistencyLevel, HostId, Keyspace, ObservedRing } from "../ring/model.ts";
import { replicatedRanges } from "../ring/replicas.ts";

/** How the replicas of a ring's ranges change with the replication of a keyspace. */
export interface Movement {
  /** Ranges that get a replica which does not hold them yet. */
  gained: number;
  /** Ranges that lose one. */
  lost: number;
  /** Ranges whose readers may miss what was written before, at the level of their clients. */
  stale: number;
  ranges: number;
}

/** A group of replicas in which a level is counted: all, or those of one data centre. */
interface Counted {
  before: readonly HostId[];
  after: readonly HostId[];
}

/**
 * Compares the replicas of every range. A write was acknowledged by so many of the old replicas as the level wants; of
 * these, some may lose the range. A read asks so many of the new replicas. While nothing was repaired, it is sure to meet the write only
 * if both numbers together exceed the new replicas. A level that did not promise that before has nothing to lose.
 */
export function movementOf(
  ring: ObservedRing,
  keyspaces: { before: Keyspace; after: Keyspace },
  level: ConsistencyLevel,
): Movement {
  const before = replicatedRanges(ring, keyspaces.before);
  const after = replicatedRanges(ring, keyspaces.after);
  const centres = new Map(ring.nodes.map(({ id, dc }) => [id, dc]));
  const movement = { gained: 0, lost: 0, stale: 0, ranges: before.length };
  before.forEach((range, index) => {
    const whole = { before: range.replicas, after: after[index]?.replicas ?? [] };
    if (whole.after.some(id => !whole.before.includes(id))) movement.gained += 1;
    if (whole.before.some(id => !whole.after.includes(id))) movement.lost += 1;
    if (groupsOf(whole, level, centres).some(group => mayMiss(group, level))) movement.stale += 1;
  });
  return movement;
}

function groupsOf(whole: Counted, level: ConsistencyLevel, centres: ReadonlyMap<HostId, string>): Counted[] {
  if (level !== "LOCAL_QUORUM" && level !== "EACH_QUORUM") return [whole];
  const names = new Set([...whole.before, ...whole.after].map(id => centres.get(id)));
  return [...names].map(name => ({
    before: whole.before.filter(id => centres.get(id) === name),
    after: whole.after.filter(id => centres.get(id) === name),
  }));
}

function mayMiss({ before, after }: Counted, level: ConsistencyLevel): boolean {
  if (after.length === 0) return false;
  const written = asked(before.length, level);
  if (2 * written <= before.length && before.length > 0) return false;
  const gone = before.filter(id => !after.includes(id)).length;
  return written - gone + asked(after.length, level) <= after.length;
}

/** How many of these replicas a level waits for. */
function asked(replicas: number, level: ConsistencyLevel): number {
  if (level === "ALL") return replicas;
  if (level === "ONE") return Math.min(1, replicas);
  if (level === "TWO") return Math.min(2, replicas);
  return replicas === 0 ? 0 : Math.floor(replicas / 2) + 1;
}
