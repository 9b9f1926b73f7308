import type { Keyspace, ObservedRing, Replication } from "../ring/model.ts";
import type { KeptRelease } from "./kept.ts";

/** What of a ring has to be the same again when its nodes go back to what they were in it: who is in it and how keyspaces are replicated, a line each. */
export function ringLines({ nodes, keyspaces }: ObservedRing): string[] {
  const shared = keyspaces.filter(({ replication }) => replication.strategy !== "local");
  return [...nodes.map(({ id }) => memberLine(id)), ...shared.map(keyspaceLine)].toSorted();
}

/** How a ring differs from the one that nodes were kept in. */
export interface RingChanges {
  /** Hosts whose nodes were not in it. */
  joined: readonly string[];
  /** Ids of nodes that are not in it any more. */
  left: readonly string[];
  /** Keyspaces that were not there, or were replicated in another way. */
  keyspaces: readonly string[];
}

/** Compares a ring with what nodes kept of it; one that kept nothing says nothing. */
export function ringChanges(ring: ObservedRing, kept: readonly KeptRelease[]): RingChanges {
  const now = new Set(ringLines(ring));
  const then = kept.filter(({ ring: lines }) => lines.length > 0).map(({ ring: lines }) => new Set(lines));
  const isNew = (line: string): boolean => then.some(lines => !lines.has(line));
  const gone = then.flatMap(lines => [...lines].filter(line => !now.has(line)));
  return {
    joined: ring.nodes.filter(({ id }) => isNew(memberLine(id))).map(({ host }) => host),
    left: [...new Set(gone.flatMap(line => /^member (.+)$/.exec(line)?.[1] ?? []))],
    keyspaces: ring.keyspaces
      .filter(keyspace => keyspace.replication.strategy !== "local" && isNew(keyspaceLine(keyspace)))
      .map(({ name }) => name),
  };
}

function memberLine(id: string): string {
  return `member ${id}`;
}

function keyspaceLine({ name, replication }: Keyspace): string {
  return `keyspace ${name} ${describeReplication(replication)}`;
}

function describeReplication(replication: Replication): string {
  if (replication.strategy === "local") return "local";
  if (replication.strategy === "simple") return `simple ${replication.factor}`;
  return Object.entries(replication.factors)
    .map(([dc, factor]) => `${dc}=${factor}`)
    .toSorted()
    .join(" ");
}
