import { keyspaceLayout } from "../../cassandra/ring/identity.ts";
import {
  readKeyspaces,
  readPeers,
  readPeerTokens,
  readSelf,
  RING_QUERIES,
} from "../../cassandra/ring/view.ts";
import { fingerprint } from "../../plan/fingerprint.ts";
import type { Probe } from "../../plan/model.ts";
import { CqlError } from "../cql/failure.ts";
import { withCqlSession } from "../cql/session.ts";
import type { ProbeAnswer } from "../performer.ts";
import type { Prober } from "../registry.ts";

type LayoutProbe = Extract<Probe, { kind: "layout" }>;

/** Whether the ring is still the one of the plan, as one of its nodes knows it. A node that cannot be asked leaves it unknown. */
export const layout: Prober<LayoutProbe> = (probe, context) =>
  withCqlSession(context, probe.endpoint, async session => {
    const [self, peers, tokens, keyspaces] = await Promise.all([
      session.rows(RING_QUERIES.self, "one").then(readSelf),
      session.rows(RING_QUERIES.peers, "one").then(readPeers),
      session.rows(RING_QUERIES.peerTokens, "one").then(readPeerTokens),
      session.rows(RING_QUERIES.keyspaces, "one").then(readKeyspaces),
    ]);
    const nodes = [self, ...peers.map(peer => ({ ...peer, tokens: tokens.get(peer.address) ?? [] }))];
    const keyspace = keyspaces.find(({ name }) => name === probe.keyspace);
    return compare(probe, { nodes, keyspace });
  }).catch((error: unknown): ProbeAnswer => {
    if (error instanceof CqlError) return { holds: "unknown", evidence: error.message };
    throw error;
  });

function compare(
  probe: LayoutProbe,
  now: {
    nodes: Parameters<typeof keyspaceLayout>[0];
    keyspace: Parameters<typeof keyspaceLayout>[1] | undefined;
  },
): ProbeAnswer {
  const { nodes, keyspace } = now;
  if (keyspace === undefined)
    return { holds: "no", evidence: `there is no keyspace ${probe.keyspace} any more` };
  if (fingerprint(keyspaceLayout(nodes, keyspace)) === probe.layout)
    return { holds: "yes", evidence: `${nodes.length} nodes, as they were` };
  return {
    holds: "no",
    evidence: `it has ${nodes.length} nodes now, and their tokens, racks or the replicas of ${probe.keyspace} are others`,
  };
}
