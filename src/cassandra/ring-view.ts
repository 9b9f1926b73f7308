import * as v from "valibot";
import { OperatorError } from "../base/operator-error.ts";

/** One node as another one hears of it by gossip. */
export interface GossipPeer {
  address: string;
  /** Seconds since the epoch at which the node started. */
  generation: number;
  /** Counts up once a second while the node lives. */
  heartbeat: number;
  /** `NORMAL`, `BOOT`, `LEAVING`, `LEFT`, `shutdown`, … */
  status: string;
  schema: string | undefined;
  release: string | undefined;
}

/** What a node sees of its ring, against what the services file says of it. */
export type RingVerdict =
  | { kind: "whole" }
  /** Something is not as it must be. */
  | { kind: "broken"; evidence: string }
  /** Nothing is wrong, but these nodes have not been heard of since the first look. */
  | { kind: "silent"; evidence: string };

/** The columns of `system_views.gossip_info` (4.1 and later) that tell how the ring is; "schema" is a word of CQL. */
export const GOSSIP_QUERY =
  'SELECT address, generation, heartbeat, status, status_with_port, "schema", release_version FROM system_views.gossip_info';

/** What a node that has gone for good still says of itself for three days. */
const GONE = ["LEFT", "removed", "removing"];

const Text = v.nullish(v.string());
const GossipRow = v.object({
  address: v.pipe(v.unknown(), v.transform(String)),
  generation: v.pipe(v.unknown(), v.transform(Number), v.integer()),
  heartbeat: v.pipe(v.unknown(), v.transform(Number), v.integer()),
  status: Text,
  status_with_port: Text,
  schema: Text,
  release_version: Text,
});

/** Reads the rows of `GOSSIP_QUERY`, without nodes that are gone for good. Throws an OperatorError for a row that is no such row. */
export function readGossip(rows: readonly unknown[]): readonly GossipPeer[] {
  return rows.map(readPeer).filter(peer => !GONE.includes(peer.status));
}

function readPeer(row: unknown): GossipPeer {
  const { success, output, issues } = v.safeParse(GossipRow, row);
  if (!success) {
    const details = issues.map(issue => `${v.getDotPath(issue) ?? "row"}: ${issue.message}`);
    throw new OperatorError("a row of system_views.gossip_info is not as smc knows it", {
      code: "GOSSIP_ROW",
      details,
    });
  }
  return {
    address: output.address,
    generation: output.generation,
    heartbeat: output.heartbeat,
    status: (output.status_with_port ?? output.status ?? "unknown").split(",", 1)[0] ?? "unknown",
    schema: output.schema ?? undefined,
    release: output.release_version ?? undefined,
  };
}

/** What a ring must be: so many nodes, but for those at the addresses in `away`, which may be in any state. */
export interface ExpectedRing {
  nodes: number;
  away?: readonly string[];
}

/**
 * Judges two looks at the gossip of a ring: every node that must be there is, in the normal way, has the schema of the
 * others of its release (two major releases never have the same), and lives: its heartbeat grew between the looks, or
 * it started anew. Gossip keeps the last words of a dead node, so only growth tells.
 */
export function judgeRing(
  first: readonly GossipPeer[],
  second: readonly GossipPeer[],
  { nodes, away = [] }: ExpectedRing,
): RingVerdict {
  const present = second.filter(({ address }) => !away.includes(address));
  const problems = [
    ...censusProblems(present, nodes - away.length),
    ...statusProblems(present),
    ...schemaProblems(present),
  ];
  if (problems.length > 0) return { kind: "broken", evidence: problems.join("; ") };
  const silent = silentSince(first, present);
  if (silent.length === 0) return { kind: "whole" };
  return { kind: "silent", evidence: `not heard of for a while: ${silent.join(", ")}` };
}

/** The addresses of those of the second look that gave no sign of life since the first. */
export function silentSince(first: readonly GossipPeer[], second: readonly GossipPeer[]): string[] {
  const earlier = new Map(first.map(peer => [peer.address, peer]));
  return second.filter(peer => !hasLived(earlier.get(peer.address), peer)).map(peer => peer.address);
}

function censusProblems(peers: readonly GossipPeer[], nodes: number): string[] {
  return peers.length === nodes
    ? []
    : [`${peers.length} nodes in the ring where the services file has ${nodes}`];
}

function statusProblems(peers: readonly GossipPeer[]): string[] {
  return peers.filter(peer => peer.status !== "NORMAL").map(peer => `${peer.address} is ${peer.status}`);
}

function schemaProblems(peers: readonly GossipPeer[]): string[] {
  const releases = new Map<string, GossipPeer[]>();
  for (const peer of peers) {
    const major = (peer.release ?? "").split(".", 1)[0] ?? "";
    releases.set(major, [...(releases.get(major) ?? []), peer]);
  }
  return [...releases.values()].flatMap(disagreement);
}

function disagreement(peers: readonly GossipPeer[]): string[] {
  const byVersion = new Map<string, string[]>();
  for (const { schema = "none", address } of peers) {
    byVersion.set(schema, [...(byVersion.get(schema) ?? []), address]);
  }
  const groups = [...byVersion].toSorted(([, one], [, other]) => other.length - one.length);
  const minority = groups.slice(1).flatMap(([, addresses]) => addresses);
  return minority.length === 0 ? [] : [`another schema on ${minority.join(", ")}`];
}

function hasLived(earlier: GossipPeer | undefined, peer: GossipPeer): boolean {
  if (earlier === undefined) return true;
  if (peer.generation !== earlier.generation) return peer.generation > earlier.generation;
  return peer.heartbeat > earlier.heartbeat;
}
