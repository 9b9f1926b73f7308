import { setTimeout as sleep } from "node:timers/promises";
import type { Milliseconds } from "../../base/units.ts";
import { GOSSIP_QUERY, judgeRing, readGossip, type RingVerdict } from "../../cassandra/ring-view.ts";
import type { Probe } from "../../plan/model.ts";
import { answerOfFailure } from "../cql/answer.ts";
import { withCqlSession, type CqlSession } from "../cql/session.ts";
import type { ProbeAnswer, WorkLimits } from "../performer.ts";
import type { Prober } from "../registry.ts";

type RingProbe = Extract<Probe, { kind: "ring" }>;

const LOOK_AGAIN_AFTER: Milliseconds = 250;
/** A heartbeat a second, and some seconds more until gossip has carried it through a large ring. */
const LONGEST_SILENCE: Milliseconds = 8000;

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
    await sleep(LOOK_AGAIN_AFTER, undefined, { signal: limits.signal }).catch(() => undefined);
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
