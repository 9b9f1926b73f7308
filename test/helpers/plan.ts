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
  const before = new Set([id]);
  for (const next of before) {
    const { needs, after } = step(plan, next);
    [...needs, ...after].forEach(other => before.add(other));
  }
  before.delete(id);
  return [...before];
}
