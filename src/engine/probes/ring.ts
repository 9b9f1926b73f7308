import { GOSSIP_QUERY, judgeRing, readGossip, type RingVerdict } from "../../cassandra/ring-view.ts";
import type { Probe } from "../../plan/model.ts";
import { answerOfFailure } from "../cql/answer.ts";
import { withCqlSession, type CqlSession } from "../cql/session.ts";
import type { ProbeAnswer } from "../performer.ts";
import type { ProbeContext, Prober } from "../registry.ts";
import { listen, type Heard } from "../ring/listen.ts";

type RingProbe = Extract<Probe, { kind: "ring" }>;

/**
 * Whether the whole ring is well as this node sees it. Needs Cassandra 4.1, whose nodes tell over CQL what they hear
 * by gossip. A node lives when its heartbeat grows while we look, which takes about a second, or has grown since this run looked
 * last, a moment ago.
 */
export const ring: Prober<RingProbe> = (probe, context) =>
  withCqlSession(context, probe.endpoint, session => watch(session, probe, context)).then(
    verdict => answer(verdict, probe),
    answerOfFailure,
  );

async function watch(
  session: CqlSession,
  probe: RingProbe,
  { heard, signal, deadline }: ProbeContext,
): Promise<RingVerdict> {
  const judge = ({ earlier, gossip }: Heard) => judgeRing(earlier, gossip, probe);
  const { endpoint } = probe;
  const last = await listen({
    look: async () => heard.note(endpoint, readGossip(await session.rows(GOSSIP_QUERY, "one"))),
    since: heard.recent(endpoint),
    enough: looks => judge(looks).kind !== "silent",
    signal,
    deadline,
  });
  return judge(last);
}

function answer(verdict: RingVerdict, { endpoint, nodes, away = [] }: RingProbe): ProbeAnswer {
  if (verdict.kind === "whole") {
    return { holds: "yes", evidence: `${nodes - away.length} of ${nodes} nodes up` };
  }
  return { holds: "no", evidence: `${verdict.evidence}, seen from ${endpoint.address}` };
}
