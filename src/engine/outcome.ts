import type { Milliseconds } from "../base/units.ts";
import type { StepId } from "../plan/model.ts";
import type { RunOutcome, StepOutcome } from "./events.ts";

/** How a run ended, from how its steps did. An interrupt that came too late to keep a step from starting is none. */
export function summariseOutcomes(
  outcomes: ReadonlyMap<StepId, StepOutcome>,
  { interrupted, paused, duration }: { interrupted: boolean; paused: boolean; duration: Milliseconds },
): RunOutcome {
  const counts = { changed: 0, unchanged: 0, failed: 0, blocked: 0, notStarted: 0 };
  for (const { kind } of outcomes.values()) counts[kind === "not-started" ? "notStarted" : kind] += 1;
  const complete = counts.failed + counts.blocked + counts.notStarted === 0;
  const kind = complete
    ? "done"
    : interrupted
      ? "interrupted"
      : paused && counts.failed + counts.blocked === 0
        ? "paused"
        : "failed";
  return { kind, counts, duration };
}
