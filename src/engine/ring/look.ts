import type { Milliseconds } from "../../base/units.ts";
import { GOSSIP_QUERY, readGossip, silentSince, type GossipPeer } from "../../cassandra/ring-view.ts";
import type { Keyspace, Token } from "../../cassandra/ring/model.ts";
import {
  readKeyspaces,
  readPeers,
  readPeerTokens,
  readSelf,
  RING_QUERIES,
  type NodeView,
} from "../../cassandra/ring/view.ts";
import { readTables, TABLES_QUERY, type TablesView } from "../../cassandra/repair/tables.ts";
import type { CqlEndpoint } from "../../plan/model.ts";
import { withCqlSession, type CqlSession, type SessionContext } from "../cql/session.ts";
import { pause } from "../deadline.ts";

export const LOOK_AGAIN_AFTER: Milliseconds = 250;
/** A heartbeat a second, and some seconds more until gossip has carried it through a large ring. */
export const LONGEST_SILENCE: Milliseconds = 8000;

/**
 * Asks one node for its picture of the ring. Takes about a second, and eight where it hears nothing of somebody;
 * `keyspacesRead` is told what is known at once. Throws an OperatorError when the node cannot be asked, or is older than
 * Cassandra 4.1.
 */
export function lookAtRing(
  context: SessionContext,
  endpoint: CqlEndpoint,
  keyspacesRead: (keyspaces: readonly Keyspace[]) => void,
): Promise<NodeView> {
  return withCqlSession(context, endpoint, async session => {
    const [self, peers, keyspaces, heard] = await Promise.all([
      session.rows(RING_QUERIES.self, "one").then(readSelf),
      session.rows(RING_QUERIES.peers, "one").then(readPeers),
      session
        .rows(RING_QUERIES.keyspaces, "one")
        .then(readKeyspaces)
        .then(read => {
          keyspacesRead(read);
          return read;
        }),
      listen(session, context),
    ]);
    return { self, peers, keyspaces, ...heard };
  });
}

/** Asks one node for the tokens of all others, by address. They are many: one node is enough. */
export function lookAtTokens(
  context: SessionContext,
  endpoint: CqlEndpoint,
): Promise<Map<string, readonly Token[]>> {
  return withCqlSession(context, endpoint, session =>
    session.rows(RING_QUERIES.peerTokens, "one").then(readPeerTokens),
  );
}

/** Asks one node which tables there are, and what a repair of them has to keep to. Throws an OperatorError when it cannot be asked. */
export function lookAtTables(context: SessionContext, endpoint: CqlEndpoint): Promise<TablesView> {
  return withCqlSession(context, endpoint, async session => {
    const [{ partitioner }, keyspaces, tables] = await Promise.all([
      session.rows(RING_QUERIES.self, "one").then(readSelf),
      session.rows(RING_QUERIES.keyspaces, "one").then(readKeyspaces),
      session.rows(TABLES_QUERY, "one").then(readTables),
    ]);
    return { partitioner, keyspaces, tables };
  });
}

async function listen(
  session: CqlSession,
  { signal, deadline }: SessionContext,
): Promise<{ gossip: readonly GossipPeer[]; silent: readonly string[] }> {
  const look = async () => readGossip(await session.rows(GOSSIP_QUERY, "one"));
  const first = await look();
  const end = Math.min(Date.now() + LONGEST_SILENCE, deadline - LOOK_AGAIN_AFTER);
  for (;;) {
    await pause(LOOK_AGAIN_AFTER, signal);
    const gossip = await look();
    const silent = silentSince(first, gossip);
    if (silent.length === 0 || Date.now() >= end || signal.aborted) return { gossip, silent };
  }
}
