import { formatDuration, type Milliseconds } from "../base/units.ts";
import type { StepOutcome } from "../engine/events.ts";
import type { Step } from "../plan/model.ts";
import type { RunProgress } from "./progress.ts";

/** How long steps take, by their kind. */
export type MeanDurations = ReadonlyMap<string, Milliseconds>;

/** A step that has ended, and how long it took. */
export interface MeasuredStep {
  step: Pick<Step, "kind" | "action">;
  outcome: StepOutcome;
  duration: Milliseconds;
}

const SECOND: Milliseconds = 1000;
const MINUTE: Milliseconds = 60 * SECOND;

/** The mean of each kind: of the steps that did something or waited, and where none did of all that were looked at. */
export function meanDurations(measured: Iterable<MeasuredStep>): MeanDurations {
  const kinds = Map.groupBy(measured, ({ step }) => step.kind);
  const means = [...kinds].map(([kind, steps]): [string, Milliseconds] => {
    const worked = steps.filter(
      ({ step, outcome }) => outcome.kind === "changed" || step.action.kind === "wait",
    );
    return [kind, mean((worked.length > 0 ? worked : steps).map(({ duration }) => duration))];
  });
  return new Map(means);
}

/**
 * The time that a run with stages will still take, from what its own steps have taken, and those of an `earlier` run where it has
 * none of a kind yet. Steps are taken to run side by side as much as they have so far. Undefined when something is left of which nobody knows.
 */
export function estimateRest(
  progress: RunProgress,
  now: number,
  earlier: MeanDurations = new Map(),
): Milliseconds | undefined {
  const { plan, startedAt } = progress;
  const ended = [...progress.kinds.values()].every(kind => kind.ended === kind.total);
  if (ended || progress.outcome !== undefined || plan.steps.every(({ stage }) => stage === undefined))
    return undefined;
  const means = meanDurations(measuredOf(progress));
  let left = 0;
  let spent = 0;
  for (const { step, startedAt: began = now, outcome, duration = 0 } of progress.steps.values()) {
    spent += outcome === undefined ? now - began : duration;
    if (outcome !== undefined) continue;
    const usual = means.get(step.kind) ?? earlier.get(step.kind);
    if (usual === undefined) return undefined;
    left += Math.max(0, usual - (now - began));
  }
  return left / Math.max(1, spent / Math.max(1, now - startedAt));
}

/** `about 2m 10s left`: no more exact than it can be. */
export function describeRest(rest: Milliseconds | undefined): string | undefined {
  if (rest === undefined) return undefined;
  const unit = rest < MINUTE ? SECOND : 10 * SECOND;
  const rounded = Math.max(unit, Math.ceil(rest / unit) * unit);
  return `about ${formatDuration(rounded).replace(".0s", "s")} left`;
}

/** A step that an earlier attempt did was not begun in this one, and tells nothing. */
function* measuredOf({ steps }: RunProgress): Iterable<MeasuredStep> {
  for (const { step, startedAt, outcome, duration } of steps.values()) {
    if (startedAt === undefined || outcome === undefined || duration === undefined) continue;
    if (outcome.kind === "changed" || outcome.kind === "unchanged") yield { step, outcome, duration };
  }
}

function mean(durations: readonly Milliseconds[]): Milliseconds {
  return durations.reduce((sum, duration) => sum + duration, 0) / Math.max(1, durations.length);
}
