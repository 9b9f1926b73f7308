import { dependentsOf, endsFirst } from "./dependencies.ts";
import type { Step, StepId } from "./model.ts";
import { renamed } from "./sequence.ts";

/** Steps that go one after the other. */
export interface Chain {
  steps: readonly Step[];
  /** Those that the rest of the plan is to need. */
  last: readonly StepId[];
}

/** Steps under one name, which their own names begin with. */
export interface Link {
  name: string;
  steps: readonly Step[];
}

/**
 * Makes one chain of several groups of steps: nothing of a group begins before everything of the group before it succeeded, on all hosts,
 * nor before `needs`.
 */
export function chainSteps(links: readonly Link[], needs: readonly StepId[]): Chain {
  const all: Step[] = [];
  let last = needs;
  for (const { name, steps } of links) {
    const own = steps.map(step => renamed(step, name));
    all.push(...own.map(step => (endsFirst(step).length === 0 ? { ...step, needs: last } : step)));
    const ends = endsOf(own);
    if (ends.length > 0) last = ends;
  }
  return { steps: all, last };
}

/** The steps that no other of them waits for. */
export function endsOf(steps: readonly Step[]): StepId[] {
  const dependents = dependentsOf({ steps });
  return steps.map(({ id }) => id).filter(id => dependents.get(id)?.length === 0);
}
