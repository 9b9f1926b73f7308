import type { RunOutcome } from "../engine/events.ts";
import type { RunProgress, StepProgress } from "./progress.ts";

/** A run as one versioned object for scripts. Durations in milliseconds; a step without `duration` never started. */
export function runToJson(progress: RunProgress, outcome: RunOutcome): object {
  return {
    version: 1,
    run: progress.run,
    deployment: progress.plan.deployment,
    command: progress.plan.command,
    resumed: progress.resumed,
    outcome: outcome.kind,
    counts: outcome.counts,
    duration: outcome.duration,
    steps: [...progress.steps.values()].map(stepToJson),
    undone: progress.undone.map(({ step, outcome }) => ({ step, outcome: outcome.kind })),
  };
}

function stepToJson({ step, outcome, duration }: StepProgress): object {
  const { kind: result = "not-started", ...detail } = outcome ?? {};
  return {
    id: step.id,
    title: step.title,
    kind: step.kind,
    host: step.host,
    instance: step.instance,
    outcome: result,
    ...detail,
    duration,
  };
}
