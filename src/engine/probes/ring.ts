import { GOSSIP_QUERY, judgeRing, readGossip, type RingVerdict } from "../../cassandra/ring-view.ts";
import type { Probe } from "../../plan/model.ts";
import { answerOfFailure } from "../cql/answer.ts";
import { withCqlSession, type CqlSession } from "../cql/session.ts";
import { pause } from "../deadline.ts";
import type { ProbeAnswer, WorkLimits } from "../performer.ts";
import type { Prober } from "../registry.ts";
import { LONGEST_SILENCE, LOOK_AGAIN_AFTER } from "../ring/look.ts";

type RingProbe = Extract<Probe, { kind: "ring" }>;

/**
 * Whether the whole ring is well as this node sees it. Needs Cassandra 4.1, whose nodes tell over CQL what they hear
 * by gossip. It takes about a second: a node lives when its heartbeat grows while we look.
 */
export const ring: Prober<RingProbe> = (probe, context) =>
  withCqlSession(context, probe.endpoint, session => watch(session, probe, context)).then(
    verdict => answer(verdict, probe),
    answerOfFailure,
  );

async function watch(session: CqlSession, probe: RingProbe, limits: WorkLimits): Promise<RingVerdict> {
  const look = async () => readGossip(await session.rows(GOSSIP_QUERY, "one"));
  const first = await look();
  let verdict = judgeRing([], first, probe);
  if (verdict.kind === "broken") return verdict;
  const end = Math.min(Date.now() + LONGEST_SILENCE, limits.deadline);
  do {
    await pause(LOOK_AGAIN_AFTER, limits.signal);
    verdict = judgeRing(first, await look(), probe);
  } while (verdict.kind === "silent" && Date.now() < end && !limits.signal.aborted);
  return verdict;
}

function answer(verdict: RingVerdict, { endpoint, nodes, away = [] }: RingProbe): ProbeAnswer {
  if (verdict.kind === "whole") {
    return { holds: "yes", evidence: `${nodes - away.length} of ${nodes} nodes up` };
  }
  return { holds: "no", evidence: `${verdict.evidence}, seen from ${endpoint.address}` };
}
