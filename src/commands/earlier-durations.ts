import { journalPath } from "../engine/journal/header.ts";
import { listRuns } from "../engine/journal/list.ts";
import { readRun, type RecordedRun } from "../engine/journal/read.ts";
import type { Plan } from "../plan/model.ts";
import { meanDurations, type MeanDurations, type MeasuredStep } from "../report/estimate.ts";

/** Older runs than these tell little of how long things take now. */
const MOST_RUNS = 20;

/** How long the steps of the last run took that worked on the same kinds in stages and was done. Nothing for other plans. */
export async function earlierDurations(stateDirectory: string, plan: Plan): Promise<MeanDurations> {
  const wanted = stagedKinds(plan);
  if (wanted.size === 0) return new Map();
  const runs = await listRuns(stateDirectory, { deployment: plan.deployment, most: MOST_RUNS });
  for (const run of runs.filter(({ outcome }) => outcome?.kind === "done" && outcome.counts.changed > 0)) {
    // A journal that cannot be read is no reason not to go on: it is only an estimate.
    const recorded = await readRun(journalPath(stateDirectory, run)).catch(() => undefined);
    if (recorded === undefined || ![...stagedKinds(recorded.plan)].some(kind => wanted.has(kind))) continue;
    return meanDurations(measuredOf(recorded));
  }
  return new Map();
}

function stagedKinds({ steps }: Plan): Set<string> {
  return new Set(steps.filter(({ stage }) => stage !== undefined).map(({ kind }) => kind));
}

function measuredOf({ plan, events }: RecordedRun): MeasuredStep[] {
  const steps = new Map(plan.steps.map(step => [step.id, step]));
  const begun = new Set(events.flatMap(event => (event.type === "step-started" ? [event.step] : [])));
  return events.flatMap(event => {
    const step = event.type === "step-ended" && begun.has(event.step) ? steps.get(event.step) : undefined;
    if (step === undefined || event.type !== "step-ended") return [];
    const { outcome, duration } = event;
    return outcome.kind === "changed" || (outcome.kind === "unchanged" && duration > 0)
      ? [{ step, outcome, duration }]
      : [];
  });
}
