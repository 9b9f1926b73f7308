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
import type { HeardGossip } from "./heard.ts";
import { listen, type Heard } from "./listen.ts";

/**
 * Asks one node for its picture of the ring. Takes about a second, and eight where it hears nothing of somebody;
 * `keyspacesRead` is told what is known at once, `heard` what was heard. Throws an OperatorError when the node cannot be asked, or is older than
 * Cassandra 4.1.
 */
export function lookAtRing(
  context: SessionContext,
  endpoint: CqlEndpoint,
  { keyspacesRead, heard }: { keyspacesRead: (keyspaces: readonly Keyspace[]) => void; heard?: HeardGossip },
): Promise<NodeView> {
  return withCqlSession(context, endpoint, async session => {
    const [self, peers, keyspaces, listened] = await Promise.all([
      session.rows(RING_QUERIES.self, "one").then(readSelf),
      session.rows(RING_QUERIES.peers, "one").then(readPeers),
      session
        .rows(RING_QUERIES.keyspaces, "one")
        .then(readKeyspaces)
        .then(read => {
          keyspacesRead(read);
          return read;
        }),
      hear(session, context, gossip => heard?.note(endpoint, gossip)),
    ]);
    return { self, peers, keyspaces, ...listened };
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

async function hear(
  session: CqlSession,
  { signal, deadline }: SessionContext,
  note: (gossip: readonly GossipPeer[]) => void,
): Promise<{ gossip: readonly GossipPeer[]; silent: readonly string[] }> {
  const silentOf = ({ earlier, gossip }: Heard): string[] => silentSince(earlier, gossip);
  const last = await listen({
    look: async () => {
      const gossip = readGossip(await session.rows(GOSSIP_QUERY, "one"));
      note(gossip);
      return gossip;
    },
    enough: looks => silentOf(looks).length === 0,
    signal,
    deadline,
  });
  return { gossip: last.gossip, silent: silentOf(last) };
}
