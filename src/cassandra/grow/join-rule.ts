import type { HostName } from "../../base/names.ts";
import { foldNames } from "../../base/host-ranges.ts";
import type { ObservedRing, RingNode } from "../ring/model.ts";
import { replicaSets } from "../ring/replicas.ts";
import type { DataState } from "./data-folder.ts";
import { unsteadiness } from "./steady.ts";

/** A node that the services file has and the ring has not. */
export interface NewNode {
  host: HostName;
  dc: string;
  rack: string;
  /** Where it keeps its data. */
  folder: string;
  /** The release that it would run. */
  release: string;
  /** What is in its data folder; undefined where nobody looked, an object where it could not be seen. */
  data: DataState | { why: string } | undefined;
}

/** Why these nodes may not join the ring one after the other, one line a reason. One of them that joins already does no harm. */
export function expandProblems(ring: ObservedRing, joining: readonly NewNode[]): string[] {
  const names = joining.map(({ host }) => host);
  return [
    ...unsteadiness(ring, names),
    ...joining.flatMap(node => [
      ...placeProblems(ring, node),
      ...releaseProblems(ring, node),
      ...dataProblems(node),
    ]),
  ];
}

/** Why this node may not take the place of that one, one line a reason. */
export function replaceProblems(ring: ObservedRing, dead: RingNode, joining: NewNode): string[] {
  const returning = joining.host === dead.host;
  const place = (node: { dc: string; rack: string }): string => `${node.dc} ${node.rack}`;
  return [
    ...unsteadiness(ring, [dead.host, joining.host]),
    ...aliveProblems(dead),
    ...(place(dead) === place(joining)
      ? []
      : [
          `${joining.host} is in ${place(joining)}, and ${dead.host} in ${place(dead)}: replicas would move between racks`,
        ]),
    ...releaseProblems(ring, joining),
    ...dataProblems(joining, returning),
    ...lostData(ring, dead),
  ];
}

function aliveProblems({ host, state }: RingNode): string[] {
  if (state === "down") return [];
  return state === "up"
    ? [`${host} is up: smc shrink ${host}  takes away a node that lives`]
    : [`some node still hears of ${host}, so it may be alive`];
}

/** A range whose only replica was the dead node has nobody to be streamed from. */
function lostData(ring: ObservedRing, dead: RingNode): string[] {
  const up = new Set(ring.nodes.filter(({ state }) => state === "up").map(({ id }) => id));
  const lost = ring.keyspaces.filter(keyspace =>
    replicaSets(ring, keyspace).some(
      ({ replicas }) => replicas.includes(dead.id) && !replicas.some(id => up.has(id)),
    ),
  );
  if (lost.length === 0) return [];
  return [`${lost.map(({ name }) => name).join(", ")}: no replica but ${dead.host} has some of the data`];
}

/** A node in a data centre where nothing is kept would join and hold nothing. */
function placeProblems({ nodes, keyspaces }: ObservedRing, { host, dc }: NewNode): string[] {
  if (nodes.some(node => node.dc === dc)) return [];
  const kept = keyspaces.some(
    ({ replication }) => replication.strategy === "network" && (replication.factors[dc] ?? 0) > 0,
  );
  if (kept) return [];
  const centres = [...new Set(nodes.map(node => node.dc))].sort().join(", ");
  return [
    `${host} is in ${dc}, where no keyspace has replicas (the ring has ${centres}): mend its dc:, or smc replication first`,
  ];
}

function releaseProblems({ nodes }: ObservedRing, { host, release }: NewNode): string[] {
  const others = [...new Set(nodes.flatMap(node => node.release ?? []))].filter(other => other !== release);
  if (others.length === 0) return [];
  return [`${host} would run ${release}, and the ring runs ${others.join(", ")}`];
}

function dataProblems({ host, data, folder }: NewNode, returning = false): string[] {
  const away = `move ${folder} away first`;
  if (data === undefined || data === "empty" || data === "begun") return [];
  if (typeof data === "object") return [`what is in the data folder of ${host} is unknown: ${data.why}`];
  switch (data) {
    case "joined":
      return [
        returning
          ? `${host} still has its data: smc start cassandra ${host}  brings it back; to replace it, ${away}`
          : `${host} has the data of a node that was a member: ${away}`,
      ];
    case "decommissioned":
      return [`${host} has the data of a node that left: ${away}`];
    case "foreign":
      return [`${host} has data of another cluster, or of which nobody can tell: ${away}`];
    default:
      return data satisfies never;
  }
}

/**
 * The seeds with which a node joins: those of the services file that are members of the ring and up, else the first two members.
 * A node that is a seed itself would not bootstrap: it would claim its ranges without their data. Throws for a ring without members.
 */
export function joiningSeeds(
  ring: ObservedRing,
  wanted: readonly string[],
  joining: readonly HostName[],
): HostName[] {
  const members = ring.nodes.filter(
    ({ host, state, mode }) => state === "up" && mode === "normal" && !joining.includes(host),
  );
  const seeds = members.filter(({ address }) => wanted.includes(address));
  const chosen = (seeds.length > 0 ? seeds : members.slice(0, 2)).map(({ host }) => host);
  if (chosen.length === 0) throw new Error(`no member is up beside ${foldNames(joining)}`);
  return chosen;
}
