import type { Probe } from "../../plan/model.ts";
import { answerOfFailure } from "../cql/answer.ts";
import { withCqlSession, type CqlRow } from "../cql/session.ts";
import type { ProbeAnswer } from "../performer.ts";
import type { ProbeContext, Prober } from "../registry.ts";

type CqlProbe = Extract<Probe, { kind: "cql" }>;

const LONGEST_EVIDENCE = 200;

/** Whether the node answers a query, and with the rows that the probe expects. */
export const cql: Prober<CqlProbe> = (probe, context) =>
  withCqlSession(context, probe.endpoint, session => session.rows(probe.query, probe.consistency)).then(
    rows => judge(probe, rows, context),
    answerOfFailure,
  );

function judge(
  { endpoint, rows: expected }: CqlProbe,
  rows: readonly CqlRow[],
  { redact }: Pick<ProbeContext, "redact">,
): ProbeAnswer {
  const place = `${endpoint.address}:${endpoint.port}`;
  const text = JSON.stringify(rows);
  if (expected === undefined) {
    const value = onlyValue(rows);
    return { holds: "yes", evidence: `${place} answers${value === undefined ? "" : ` ${value}`}` };
  }
  if (new RegExp(expected).test(text)) return { holds: "yes", evidence: `${place} answers` };
  // Before the cut, as the beginning of a secret is not known as one.
  const told = redact(text);
  const shown = told.length > LONGEST_EVIDENCE ? `${told.slice(0, LONGEST_EVIDENCE)}…` : told;
  return { holds: "no", evidence: `${place} answered ${shown}` };
}

/** The text of an answer that is one column of one row. */
function onlyValue(rows: readonly CqlRow[]): string | undefined {
  const values = rows.flatMap(row => Object.values(row));
  const [value] = values;
  return values.length === 1 && typeof value === "string" ? value : undefined;
}
