import { dependentsOf, endsFirst } from "../plan/dependencies.ts";
import type { Plan, Step, StepId } from "../plan/model.ts";

/** What is known of earlier attempts at a plan, from the journal (src/engine/attempts.ts). */
export interface EarlierAttempts {
  /** Steps that ended well and were not undone. */
  completed: ReadonlySet<StepId>;
  /** Of those, the ones whose `done` held afterwards. */
  confirmed: ReadonlySet<StepId>;
  /** Steps that changed something, or may have: they began and their end is not known. */
  changed: ReadonlySet<StepId>;
  /** Steps of a stage that took something away which was not seen back: also where an attempt to put it back has failed. */
  taken: ReadonlySet<StepId>;
}

/**
 * What a resumed run does about a step. `run`: all of it. `keep`: nothing, an earlier attempt did it. `ask`: an
 * earlier attempt did it; it is repeated only where its `done` says that it is no longer so. `look`: its executor
 * looks first in any case and acts only where the world has changed since.
 */
export type Recall = "run" | "keep" | "ask" | "look";

/**
 * Decides that for every step. A completed step is looked at again only while something relies on it: a step
 * that has not run yet, or the end of the plan. Others may be out of date rightly: a server that was taken out
 * for a restart is back since, and must not be taken out again.
 */
export function recallSteps(plan: Plan, earlier: EarlierAttempts | undefined): Map<StepId, Recall> {
  if (earlier === undefined) return new Map();
  // A step that would put others back relies on none of them.
  const dependents = dependentsOf(plan, step => (step.rescues === undefined ? endsFirst(step) : []));
  const known = new Map<StepId, boolean>();
  const isReliedOn = (id: StepId): boolean => {
    const answer = known.get(id) ?? reliedOn(dependents.get(id) ?? [], earlier, isReliedOn);
    known.set(id, answer);
    return answer;
  };
  return new Map(plan.steps.map(step => [step.id, recall(step, earlier, isReliedOn)]));
}

function reliedOn(
  dependents: readonly Step[],
  earlier: EarlierAttempts,
  isReliedOn: (id: StepId) => boolean,
): boolean {
  if (dependents.length === 0) return true;
  return dependents.some(
    ({ id, action }) => !earlier.completed.has(id) || (action.kind === "wait" && isReliedOn(id)),
  );
}

function recall(step: Step, earlier: EarlierAttempts, isReliedOn: (id: StepId) => boolean): Recall {
  if (!earlier.completed.has(step.id)) return "run";
  if (!isReliedOn(step.id)) return "keep";
  if (earlier.confirmed.has(step.id)) return "ask";
  return looksFirst(step) ? "look" : "keep";
}

/** Actions whose executor compares with the world before it changes anything. */
function looksFirst({ action }: Step): boolean {
  if (action.kind === "unit") return action.operation === "start" || action.operation === "stop";
  return action.kind === "put" || action.kind === "push" || action.kind === "wait";
}
