import type { Probe } from "../../plan/model.ts";
import { answerOfFailure } from "../cql/answer.ts";
import { withCqlSession } from "../cql/session.ts";
import type { ProbeAnswer } from "../performer.ts";
import type { Prober } from "../registry.ts";

type CqlProbe = Extract<Probe, { kind: "cql" }>;

const LONGEST_EVIDENCE = 200;

/** Whether the node answers a query, and with the rows that the probe expects. */
export const cql: Prober<CqlProbe> = (probe, context) =>
  withCqlSession(context, probe.endpoint, session => session.rows(probe.query, probe.consistency)).then(
    rows => judge(probe, JSON.stringify(rows)),
    answerOfFailure,
  );

function judge({ endpoint, rows: expected }: CqlProbe, rows: string): ProbeAnswer {
  const place = `${endpoint.address}:${endpoint.port}`;
  if (expected === undefined || new RegExp(expected).test(rows)) {
    return { holds: "yes", evidence: `${place} answers` };
  }
  const shown = rows.length > LONGEST_EVIDENCE ? `${rows.slice(0, LONGEST_EVIDENCE)}…` : rows;
  return { holds: "no", evidence: `${place} answered ${shown}` };
}
