import type { Plan, Step } from "../../src/plan/model.ts";

/** The step of that id; fails with the ids that there are. */
export function step(plan: Plan, id: string): Step {
  const found = plan.steps.find(candidate => candidate.id === id);
  if (found === undefined)
    throw new Error(`no step ${id} in ${plan.steps.map(other => other.id).join(", ")}`);
  return found;
}

/** All steps that end before this one may begin. */
export function ancestors(plan: Plan, id: string): string[] {
  const direct = step(plan, id);
  const before = [...direct.needs, ...direct.after];
  return [...before, ...before.flatMap(other => ancestors(plan, other))];
}
