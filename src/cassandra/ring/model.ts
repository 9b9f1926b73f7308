import type { HostName } from "../../base/names.ts";

/** A position on the ring: Murmur3Partitioner's tokens are signed 64-bit, RandomPartitioner's go to 2^127. */
export type Token = bigint;

/** Cassandra's own id of a node; it outlives a change of address. */
export type HostId = string;

/** What was observed of a ring at one moment. Tokens are decimal text in JSON, which has no 64-bit integers. */
export interface ObservedRing {
  version: 1;
  partitioner: "Murmur3Partitioner" | "RandomPartitioner";
  nodes: readonly RingNode[];
  keyspaces: readonly Keyspace[];
}

export interface RingNode {
  id: HostId;
  /** The name of the services file; the address where that has none. */
  host: HostName;
  address: string;
  dc: string;
  rack: string;
  tokens: readonly Token[];
  state: "up" | "down" | "unknown";
  mode: "normal" | "joining" | "leaving" | "moving";
  release: string;
  schema: string;
}

export interface Keyspace {
  name: string;
  replication: Replication;
}

/** How many copies there are, and where. `local` keyspaces are not shared and cannot lose a quorum. */
export type Replication =
  | { strategy: "simple"; factor: number }
  | { strategy: "network"; factors: Readonly<Record<string, number>> }
  | { strategy: "local" };

/** The levels that a site's clients use. */
export type ConsistencyLevel = "ONE" | "TWO" | "QUORUM" | "LOCAL_QUORUM" | "EACH_QUORUM" | "ALL";
