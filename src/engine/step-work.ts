import type { Action, Probe, Step } from "../plan/model.ts";
import { withDeadline } from "./deadline.ts";
import type { ActionResult, Performer, ProbeAnswer } from "./performer.ts";
import type { Recall } from "./recall.ts";

/** The longest that a single look at the world may take before an action. */
const LOOK_TIMEOUT = 15_000;

/** What one step works with. */
export interface StepWork {
  step: Step;
  performer: Performer;
  recall: Recall;
  /** Aborts when the operator wants to stop now. */
  stop: AbortSignal;
  waiting: (evidence: string) => void;
}

/** Looks whether the step is needless; undefined when it has to act. */
export async function look(work: StepWork): Promise<ActionResult | undefined> {
  const { step, recall } = work;
  if (step.done === undefined) return undefined;
  const answer = await ask(work, step.done);
  if (answer.holds === "yes") return { kind: "unchanged", reason: answer.evidence };
  if (answer.holds === "unknown" && recall === "ask") {
    return {
      kind: "failed",
      reason: `an earlier attempt did it, and whether it still holds is unknown: ${answer.evidence}`,
    };
  }
  return undefined;
}

/** Acts, and asks afterwards whether the step shows in the world. */
export async function act(work: StepWork): Promise<ActionResult> {
  const { step } = work;
  const result = await perform(work, step.action);
  if (result.kind !== "changed" || step.done === undefined) return result;
  const { holds } = await ask(work, step.done);
  return holds === "yes" ? { ...result, confirmed: true } : result;
}

/** Carries out an action of the step, its own or its undo, within its deadline. */
export function perform(work: StepWork, action: Action): Promise<ActionResult> {
  const { step, performer, stop, waiting } = work;
  return withDeadline(
    { timeout: step.timeout, stop },
    limits => performer.perform(step, action, { ...limits, waiting }),
    cause => ({
      kind: "failed",
      reason:
        cause === "stopped"
          ? "stopped while under way: how far it came is unknown"
          : "no end at its deadline",
    }),
  );
}

/** Asks a probe of the step once. */
export function ask(work: StepWork, probe: Probe): Promise<ProbeAnswer> {
  const { step, performer, stop, waiting } = work;
  return withDeadline(
    { timeout: Math.min(LOOK_TIMEOUT, step.timeout), stop },
    limits => performer.ask(step, probe, { ...limits, waiting }),
    () => ({ holds: "unknown", evidence: "no answer in time" }),
  );
}
