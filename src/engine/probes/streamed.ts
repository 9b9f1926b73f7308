import {
  describeStreams,
  readStreams,
  STREAMING_QUERY,
  type StreamProgress,
} from "../../cassandra/grow/streaming.ts";
import type { CqlEndpoint, Probe } from "../../plan/model.ts";
import { CqlError } from "../cql/failure.ts";
import { withCqlSession } from "../cql/session.ts";
import type { ProbeContext, Prober } from "../registry.ts";

type Streamed = Extract<Probe, { kind: "streamed" }>;

/** The answer of `until`, and while that is no, what is streamed meanwhile. A sender that cannot be asked tells nothing, and decides nothing. */
export const streamed: Prober<Streamed> = async (probe, context) => {
  const answer = await context.ask(probe.until);
  if (answer.holds === "yes" || answer.final === true) return answer;
  const parts = await Promise.all(probe.senders.map(sender => askSender(sender, probe, context)));
  const progress = describeStreams(parts.flat());
  return progress === undefined ? answer : { ...answer, evidence: progress };
};

async function askSender(
  endpoint: CqlEndpoint,
  probe: Streamed,
  context: ProbeContext,
): Promise<StreamProgress[]> {
  try {
    const rows = await withCqlSession(context, endpoint, session => session.rows(STREAMING_QUERY, "one"));
    return [readStreams(rows, probe)];
  } catch (error) {
    if (error instanceof CqlError) return [];
    throw error;
  }
}
