import type { Step, StepId } from "../../plan/model.ts";

/** The steps of one instance that belong together: nothing of the next in its lane begins before the last of these ended. */
export interface Stage {
  steps: readonly Step[];
  /** The steps that wait for the lane. */
  first: readonly StepId[];
  /** The steps that free the lane. */
  last: readonly StepId[];
}

/**
 * Lays stages into `width` lanes: stage i waits for stage i - width. `needs` makes a failure stop its lane;
 * `after` lets the next stage begin however the one before ended.
 */
export function inLanes(stages: readonly Stage[], width: number, wait: "needs" | "after"): Step[] {
  return stages.flatMap((stage, index) => {
    const before = stages[index - width]?.last ?? [];
    if (before.length === 0) return stage.steps;
    return stage.steps.map(step =>
      stage.first.includes(step.id) ? { ...step, [wait]: [...step[wait], ...before] } : step,
    );
  });
}
