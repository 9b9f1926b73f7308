import type { Milliseconds } from "../base/units.ts";
import type { EngineEvent, RunOutcome, StepOutcome } from "../engine/events.ts";
import type { Plan, Step, StepId } from "../plan/model.ts";

/** How far one step is. Times are milliseconds since the epoch. */
export interface StepProgress {
  step: Step;
  /** What tells it from the others of its kind: the host, or where a host has several of them the instance. */
  name: string;
  startedAt: number | undefined;
  /** Why it still waits: the last answer of its probe. */
  evidence: string | undefined;
  outcome: StepOutcome | undefined;
  duration: Milliseconds | undefined;
}

/** How far the steps of one kind are: `start cassandra` on 19 hosts. */
export interface KindProgress {
  kind: string;
  total: number;
  /** Steps that have ended, however. */
  ended: number;
  running: Set<StepProgress>;
  failed: StepProgress[];
}

/** How far a run is. */
export interface RunProgress {
  run: string;
  plan: Plan;
  startedAt: number;
  resumed: boolean;
  steps: ReadonlyMap<StepId, StepProgress>;
  /** In plan order. */
  kinds: ReadonlyMap<string, KindProgress>;
  stopping: "interrupt" | "failure" | undefined;
  /** What an interrupt lets come to its end. */
  inHand: readonly string[] | undefined;
  undone: { step: StepId; outcome: StepOutcome }[];
  outcome: RunOutcome | undefined;
}

/** The progress of a run of which nothing is known but its plan. */
export function beginProgress(event: Extract<EngineEvent, { type: "run-started" }>): RunProgress {
  const steps = new Map<StepId, StepProgress>();
  const kinds = new Map<string, KindProgress>();
  const sameKindAndHost = Map.groupBy(event.plan.steps, ({ kind, host }) => JSON.stringify([kind, host]));
  for (const step of event.plan.steps) {
    const alone = sameKindAndHost.get(JSON.stringify([step.kind, step.host]))?.length === 1;
    steps.set(step.id, {
      step,
      name: alone ? step.host : (step.instance ?? step.host),
      startedAt: undefined,
      evidence: undefined,
      outcome: undefined,
      duration: undefined,
    });
    const kind = kinds.get(step.kind) ?? emptyKind(step.kind);
    kind.total += 1;
    kinds.set(step.kind, kind);
  }
  const { run, plan, at, resumed } = event;
  return {
    run,
    plan,
    startedAt: at,
    resumed,
    steps,
    kinds,
    stopping: undefined,
    inHand: undefined,
    undone: [],
    outcome: undefined,
  };
}

/** Takes an event into the progress. An event about a step that the plan does not have is a bug and throws. */
export function recordEvent(progress: RunProgress, event: EngineEvent): void {
  switch (event.type) {
    case "run-started":
    case "undo-started":
    case "pausing":
      return;
    case "step-started":
      return recordStart(progress, event.step, event.at);
    case "step-waiting":
      stepOf(progress, event.step).evidence = event.evidence;
      return;
    case "step-ended":
      return recordEnd(progress, event);
    case "stopping":
      progress.stopping = event.reason;
      progress.inHand = event.inHand;
      return;
    case "undo-ended":
      progress.undone.push({ step: event.step, outcome: event.outcome });
      return;
    case "run-ended":
      progress.outcome = event.outcome;
  }
}

/** The step of that id with its progress. */
export function stepOf(progress: RunProgress, id: StepId): StepProgress {
  const step = progress.steps.get(id);
  if (step === undefined) throw new Error(`no step ${id} in the plan`);
  return step;
}

/** Steps that ended in that way, in plan order. */
export function endedAs(progress: RunProgress, kind: StepOutcome["kind"]): StepProgress[] {
  return [...progress.steps.values()].filter(({ outcome }) => outcome?.kind === kind);
}

function emptyKind(kind: string): KindProgress {
  return { kind, total: 0, ended: 0, running: new Set(), failed: [] };
}

function kindOf(progress: RunProgress, { step }: StepProgress): KindProgress {
  return progress.kinds.get(step.kind) ?? emptyKind(step.kind);
}

function recordStart(progress: RunProgress, id: StepId, at: number): void {
  const step = stepOf(progress, id);
  step.startedAt = at;
  kindOf(progress, step).running.add(step);
}

function recordEnd(progress: RunProgress, event: Extract<EngineEvent, { type: "step-ended" }>): void {
  const step = stepOf(progress, event.step);
  const kind = kindOf(progress, step);
  step.outcome = event.outcome;
  step.duration = event.duration;
  kind.running.delete(step);
  kind.ended += 1;
  if (event.outcome.kind === "failed") kind.failed.push(step);
}
