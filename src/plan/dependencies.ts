import type { Plan, Step, StepId } from "./model.ts";

/** Every step that must have ended before this one may begin, each once. */
export function endsFirst(step: Step): StepId[] {
  const some = (step.needsSome ?? []).flatMap(({ of }) => of);
  const watched = [...(step.whenChanged ?? []), ...(step.rescues ?? [])];
  return [...new Set([...step.needs, ...step.after, ...some, ...watched])];
}

/** For each step, the steps that wait for it, in plan order. */
export function dependentsOf(
  plan: Pick<Plan, "steps">,
  edges: (step: Step) => readonly StepId[] = endsFirst,
): Map<StepId, Step[]> {
  const dependents = new Map<StepId, Step[]>(plan.steps.map(step => [step.id, []]));
  for (const step of plan.steps) {
    for (const before of edges(step)) dependents.get(before)?.push(step);
  }
  return dependents;
}

/** The steps of each turn group in plan order, which is the order in which they take their turns. */
export function turnGroups(plan: Plan): Map<string, Step[]> {
  const groups = new Map<string, Step[]>();
  for (const step of plan.steps) {
    if (step.turn === undefined) continue;
    const group = groups.get(step.turn.group);
    if (group === undefined) groups.set(step.turn.group, [step]);
    else group.push(step);
  }
  return groups;
}
