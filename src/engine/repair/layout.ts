import type { RepairAction } from "../../plan/model.ts";
import type { ActionContext } from "../registry.ts";
import type { RepairAttempt } from "./model.ts";

/**
 * Why a command may not begin because the ring is not the one any more that its ranges were cut for: nodes came or went, or the
 * replication was changed. `failed` when nobody can tell, as the next attempt may.
 */
export async function ringIsAnother(
  { layout, since }: RepairAction,
  context: ActionContext,
): Promise<RepairAttempt | undefined> {
  const { holds, evidence } = await context.ask(layout);
  if (holds === "yes") return undefined;
  const attempt = { startedAt: Date.now(), mayStillRun: false, output: "" };
  if (holds === "unknown")
    return {
      ...attempt,
      kind: "failed",
      reason: `whether the ring is as it was planned for is unknown: ${evidence}`,
    };
  return {
    ...attempt,
    kind: "refused",
    reason: `the ring has changed since the repair was planned: ${evidence}`,
    hint: `the same words with --since ${since} plan it anew, without what was repaired already`,
  };
}
