import { OperatorError } from "../../base/operator-error.ts";
import { describeStreams, markOf } from "../../cassandra/grow/streaming.ts";
import { parseNetStats } from "../../cassandra/nodetool/netstats.ts";
import type { Probe } from "../../plan/model.ts";
import { hasAnswered } from "../command-failure.ts";
import type { ProbeAnswer } from "../performer.ts";
import type { ProbeContext, Prober } from "../registry.ts";
import { runOptions } from "../run-options.ts";

type Streamed = Extract<Probe, { kind: "streamed" }>;

/**
 * The answer of `until`, and while that is no, what is streamed meanwhile. A node that does not tell that decides nothing; one of 5.0
 * that says that it failed does.
 */
export const streamed: Prober<Streamed> = async (probe, context) => {
  const answer = await context.ask(probe.until);
  if (answer.holds === "yes" || answer.final === true) return answer;
  return { ...answer, ...(await progressOf(probe, context)) };
};

async function progressOf(
  { netstats, operation, runAs }: Streamed,
  context: ProbeContext,
): Promise<Partial<ProbeAnswer>> {
  const result = await context.connection.run(netstats, runOptions(context, runAs));
  if (!hasAnswered(result)) return {};
  if (!result.ok) return { progress: "" };
  try {
    const report = parseNetStats(result.stdout);
    const { mode } = report;
    if (/^(JOINING|DECOMMISSION)_FAILED$/.test(mode)) {
      return { holds: "no", evidence: `the node says ${mode}`, final: true };
    }
    const evidence = describeStreams(report, operation, Date.now());
    return { progress: markOf(report), ...(evidence === undefined ? {} : { evidence }) };
  } catch (error) {
    if (error instanceof OperatorError) return {};
    throw error;
  }
}
