import * as v from "valibot";
import type { GossipPeer } from "../ring-view.ts";
import type { HostId, Keyspace, Token } from "./model.ts";
import { readReplication } from "./replication.ts";
import { readRows, Told, unreadable } from "./rows.ts";

/** What a node has noted of a node, itself or another. */
export interface NotedNode {
  id: HostId;
  address: string;
  dc: string;
  rack: string;
  release: string | undefined;
  schema: string | undefined;
}

/** What one node says of itself. */
export interface OwnWords extends NotedNode {
  tokens: readonly Token[];
  partitioner: string;
}

/** The picture that one node has of its ring. */
export interface NodeView {
  self: OwnWords;
  peers: readonly NotedNode[];
  keyspaces: readonly Keyspace[];
  /** What it hears of every node, itself among them. */
  gossip: readonly GossipPeer[];
  /** The addresses that it has not heard of while we looked. */
  silent: readonly string[];
}

/** The questions whose rows the functions below read (Cassandra 4.0 and later; the virtual tables of 4.1 tell the gossip). */
export const RING_QUERIES = {
  self: "SELECT host_id, broadcast_address, data_center, rack, tokens, release_version, schema_version, partitioner FROM system.local",
  peers: "SELECT peer, host_id, data_center, rack, release_version, schema_version FROM system.peers_v2",
  peerTokens: "SELECT peer, tokens FROM system.peers_v2",
  keyspaces: "SELECT keyspace_name, replication FROM system_schema.keyspaces",
} as const;

const Tokens = v.pipe(
  v.nullish(v.array(v.pipe(v.string(), v.regex(/^-?\d+$/))), []),
  v.transform(tokens => (tokens ?? []).map(BigInt)),
);
const Maybe = v.nullish(Told);
const noted = {
  host_id: Told,
  data_center: Told,
  rack: Told,
  release_version: Maybe,
  schema_version: Maybe,
};
const LocalRow = v.object({ ...noted, broadcast_address: Told, tokens: Tokens, partitioner: v.string() });
const PeerRow = v.object({ ...noted, peer: Told });
const TokensRow = v.object({ peer: Told, tokens: Tokens });
const KeyspaceRow = v.object({ keyspace_name: v.string(), replication: v.record(v.string(), v.string()) });

/** Reads the row of system.local. Throws an OperatorError for rows that are none such, as do the other readers. */
export function readSelf(rows: readonly unknown[]): OwnWords {
  const [row] = readRows("system.local", LocalRow, rows);
  if (row === undefined) throw unreadable("system.local", ["it has no row"]);
  const { tokens, partitioner } = row;
  return {
    ...notedOf(row, row.broadcast_address),
    tokens,
    partitioner: partitioner.slice(partitioner.lastIndexOf(".") + 1),
  };
}

/** Reads the rows of system.peers_v2. */
export function readPeers(rows: readonly unknown[]): NotedNode[] {
  return readRows("system.peers_v2", PeerRow, rows).map(row => notedOf(row, row.peer));
}

/** Reads the tokens of system.peers_v2, by address. */
export function readPeerTokens(rows: readonly unknown[]): Map<string, readonly Token[]> {
  return new Map(readRows("system.peers_v2", TokensRow, rows).map(({ peer, tokens }) => [peer, tokens]));
}

/** Reads the rows of system_schema.keyspaces, in name order. */
export function readKeyspaces(rows: readonly unknown[]): Keyspace[] {
  const keyspaces = readRows("system_schema.keyspaces", KeyspaceRow, rows).map(row => ({
    name: row.keyspace_name,
    replication: readReplication(row.keyspace_name, row.replication),
  }));
  return keyspaces.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function notedOf(row: v.InferOutput<v.ObjectSchema<typeof noted, undefined>>, address: string): NotedNode {
  return {
    id: row.host_id,
    address,
    dc: row.data_center,
    rack: row.rack,
    release: row.release_version ?? undefined,
    schema: row.schema_version ?? undefined,
  };
}
