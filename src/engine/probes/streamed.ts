import { OperatorError } from "../../base/operator-error.ts";
import { describeStreams } from "../../cassandra/grow/streaming.ts";
import { parseNetStats } from "../../cassandra/nodetool/netstats.ts";
import type { Probe } from "../../plan/model.ts";
import type { ProbeContext, Prober } from "../registry.ts";
import { runOptions } from "../run-options.ts";

type Streamed = Extract<Probe, { kind: "streamed" }>;

/** The answer of `until`, and while that is no, what is streamed meanwhile. A node that does not tell that decides nothing. */
export const streamed: Prober<Streamed> = async (probe, context) => {
  const answer = await context.ask(probe.until);
  if (answer.holds === "yes" || answer.final === true) return answer;
  const progress = await progressOf(probe, context);
  return progress === undefined ? answer : { ...answer, evidence: progress };
};

async function progressOf(
  { netstats, operation, runAs }: Streamed,
  context: ProbeContext,
): Promise<string | undefined> {
  const result = await context.connection.run(netstats, runOptions(context, runAs));
  if (!result.ok) return undefined;
  try {
    return describeStreams(parseNetStats(result.stdout), operation, Date.now());
  } catch (error) {
    if (error instanceof OperatorError) return undefined;
    throw error;
  }
}
