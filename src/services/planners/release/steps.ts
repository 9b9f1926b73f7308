import type { Step, StepId } from "../../../plan/model.ts";

/**
 * A restart whatever was seen when the plan was made: that the process is another one by now does not say that it runs what it is to run,
 * as one that crashed, or was put back by an earlier attempt, is another one too.
 */
export function surely(step: Step): Step {
  if (step.action.kind !== "unit") return step;
  const { done: _, ...restart } = step;
  const { previous: __, ...action } = step.action;
  return { ...restart, action };
}

/** Steps for their second time in a plan: the same, under names of their own. */
export function secondTime(steps: readonly Step[]): Step[] {
  const own = new Set(steps.map(({ id }) => id));
  const again = (ids: readonly StepId[]): StepId[] => ids.map(id => (own.has(id) ? `${id} again` : id));
  return steps.map(step => ({
    ...step,
    id: `${step.id} again`,
    title: `${step.title} again`,
    needs: again(step.needs),
    after: again(step.after),
  }));
}

/** The steps that nothing in the list needs. */
export function endsOf(steps: readonly Step[]): StepId[] {
  const needed = new Set(steps.flatMap(({ needs }) => needs));
  return steps.flatMap(({ id }) => (needed.has(id) ? [] : [id]));
}
