import type { HostName } from "../../base/names.ts";

/** A position on the ring: Murmur3Partitioner's tokens are signed 64-bit, RandomPartitioner's go to 2^127. */
export type Token = bigint;

/** Cassandra's own id of a node; it outlives a change of address. */
export type HostId = string;

/** The partitioners whose ring smc knows; a token of another one is no number. */
export type Partitioner = "Murmur3Partitioner" | "RandomPartitioner";

/** What was observed of a ring at one moment. As a file it is docs/ring-json.md (src/cassandra/ring/json.ts). */
export interface ObservedRing {
  version: 1;
  /** ISO 8601, UTC; absent in a file that was written by hand. */
  observedAt?: string;
  partitioner: Partitioner;
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
  /** `unknown`: it could not be asked, and others hear of it. Only a node that is up counts as a live replica. */
  state: "up" | "down" | "unknown";
  mode: "normal" | "joining" | "leaving" | "moving";
  /** `5.0.6`; undefined where nobody said. */
  release: string | undefined;
  /** The version of its schema; undefined where nobody said. */
  schema: string | undefined;
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

/** The levels that a site's clients use, weakest first. */
export const CONSISTENCY_LEVELS = ["ONE", "TWO", "QUORUM", "LOCAL_QUORUM", "EACH_QUORUM", "ALL"] as const;

export type ConsistencyLevel = (typeof CONSISTENCY_LEVELS)[number];
