import { inGrace, isTooLate, pause } from "../deadline.ts";
import type { ActionResult, ProbeAnswer } from "../performer.ts";
import type { ActionContext, Executor } from "../registry.ts";
import { formatDuration } from "../../base/units.ts";
import type { Action, Stall } from "../../plan/model.ts";
import { StallWatch } from "../stall.ts";

type WaitAction = Extract<Action, { kind: "wait" }>;

/**
 * A gate: asks its probe until it holds. It fails with the last evidence at the deadline, or when waiting is of no use or nothing moves,
 * and tells the end of its log with that.
 */
export const wait: Executor<WaitAction> = async (action, context) => {
  const result = await untilItHolds(action, context);
  if (result.kind !== "failed" || action.log === undefined || isStopped(context)) return result;
  const end = await inGrace(context.endOf(action.log));
  if (end.trim() === "") return result;
  return { ...result, log: `${action.log.path} of ${action.log.host} ends with:\n${end}` };
};

function isStopped({ signal }: ActionContext): boolean {
  return signal.aborted && !isTooLate(signal);
}

async function untilItHolds(action: WaitAction, context: ActionContext): Promise<ActionResult> {
  const began = Date.now();
  const watch = action.stall === undefined ? undefined : new StallWatch(action.stall, began);
  let last: ProbeAnswer = { holds: "unknown", evidence: "not asked yet" };
  while (!context.signal.aborted) {
    const answer = await context.ask(action.probe);
    if (answer.holds === "yes") return { kind: "unchanged", reason: answer.evidence };
    if (answer.holds === "no" && answer.final === true) return failureOf(answer, action.stall);
    // An answer that only the deadline cut off says less than the one before it.
    if (!context.signal.aborted) last = answer;
    context.waiting(answer.evidence);
    const stalled = watch?.over(answer, Date.now());
    if (stalled !== undefined) {
      const evidence = `nothing has moved for ${formatDuration(stalled)}: ${last.evidence}`;
      return failureOf({ ...answer, evidence }, action.stall);
    }
    if (action.patience !== undefined && Date.now() - began >= action.patience) {
      return {
        kind: "changed",
        note: `went on after ${wholeSeconds(began)}s all the same: ${last.evidence}`,
      };
    }
    await pause(action.interval, context.signal);
  }
  const start = isStopped(context) ? "stopped before it held" : `not ready after ${wholeSeconds(began)}s`;
  return { kind: "failed", reason: `${start}: ${last.evidence}` };
}

function wholeSeconds(began: number): number {
  return Math.round((Date.now() - began) / 1000);
}

function failureOf({ evidence, output = "" }: ProbeAnswer, stall: Stall | undefined): ActionResult {
  return {
    kind: "failed",
    reason: evidence,
    ...(stall === undefined ? {} : { hint: stall.hint }),
    ...(output === "" ? {} : { output }),
  };
}
