import pMap from "p-map";
import { dependentsOf } from "../plan/dependencies.ts";
import type { Action, Plan, Step, StepId } from "../plan/model.ts";
import type { EngineEvent, StepOutcome } from "./events.ts";
import type { Performer } from "./performer.ts";
import { perform } from "./step-work.ts";

/** What undoing needs to know of a run that stopped early. */
export interface UndoRequest {
  plan: Plan;
  outcomes: ReadonlyMap<StepId, StepOutcome>;
  /** Steps that earlier attempts changed, or may have. */
  changedBefore: ReadonlySet<StepId> | undefined;
  performer: Performer;
  stop: AbortSignal;
  /** Resolves when the event is safely on disk, or cannot be: an undo runs all the same. */
  tell: (event: EngineEvent) => Promise<void>;
}

/**
 * Undoes what a run that stopped early had prepared and nothing came of: a server that was taken out of its
 * clients' hands for a restart that did not begin is put back. A failed undo is told and keeps no other from running.
 */
export async function undoSteps(request: UndoRequest): Promise<void> {
  const undos = stepsToUndo(request).reverse();
  const concurrency = request.plan.limits.total;
  await pMap(undos, ({ step, undo }) => undoStep(request, step, undo), { concurrency });
}

/** The steps that changed something, have an undo, and on which no step that acts was begun. */
function stepsToUndo(
  request: Pick<UndoRequest, "plan" | "outcomes" | "changedBefore">,
): { step: Step; undo: Action }[] {
  const { plan, outcomes, changedBefore = new Set() } = request;
  const dependents = dependentsOf(plan, step => step.needs);
  const began = ({ id, action }: Step): boolean => {
    const kind = outcomes.get(id)?.kind;
    return action.kind !== "wait" && (kind === "changed" || kind === "failed" || changedBefore.has(id));
  };
  return plan.steps.flatMap(step => {
    const kind = outcomes.get(step.id)?.kind;
    const changed = kind === "changed" || (kind !== "failed" && changedBefore.has(step.id));
    if (step.undo === undefined || !changed) return [];
    return allAfter(step, dependents).some(began) ? [] : [{ step, undo: step.undo }];
  });
}

/** The steps that need this one, directly or over others. */
function allAfter(step: Step, dependents: ReadonlyMap<StepId, readonly Step[]>): Step[] {
  const after = new Set(dependents.get(step.id) ?? []);
  for (const next of after) dependents.get(next.id)?.forEach(other => after.add(other));
  return [...after];
}

async function undoStep(request: UndoRequest, step: Step, undo: Action): Promise<void> {
  const { performer, stop, tell } = request;
  await tell({ type: "undo-started", step: step.id, at: Date.now() });
  const work = { step, performer, stop, recall: "run", waiting: () => {} } as const;
  const outcome = await perform(work, undo);
  await tell({ type: "undo-ended", step: step.id, outcome, at: Date.now() });
}
