import type { ChalkInstance } from "chalk";
import { formatDuration, type Milliseconds } from "../base/units.ts";
import type { EngineEvent, StepOutcome } from "../engine/events.ts";
import type { StepId } from "../plan/model.ts";
import { describeOutcome } from "./describe.ts";
import type { Display, Output } from "./model.ts";
import { beginProgress, recordEvent, stepOf, type RunProgress, type StepProgress } from "./progress.ts";

/** A wait is first told after this long, and again each time that it has doubled. */
const FIRST_TOLD: Milliseconds = 10_000;
const CHECK_EVERY: Milliseconds = 1000;

export interface PlainOptions {
  output: Output;
  colors: ChalkInstance;
  /** Tells only what failed. */
  quiet: boolean;
}

/** Progress as plain lines, for logs and pipes: one when a step ends, and waits at growing intervals. */
export function createPlainDisplay({ output, colors, quiet }: PlainOptions): Display {
  let progress: RunProgress | undefined;
  const told = new Map<StepId, Milliseconds>();
  const say = (line: string) => void output.write(`${line}\n`);
  const timer = quiet ? undefined : setInterval(tellWaits, CHECK_EVERY).unref();

  function tellWaits(): void {
    for (const kind of progress?.kinds.values() ?? []) for (const step of kind.running) tellWait(step);
  }

  function tellWait(progress: StepProgress): void {
    const { step, startedAt = Date.now(), evidence } = progress;
    const elapsed = Date.now() - startedAt;
    const next = told.get(step.id) ?? FIRST_TOLD;
    if (elapsed < next) return;
    told.set(step.id, 2 ** Math.ceil(Math.log2((elapsed + 1) / FIRST_TOLD)) * FIRST_TOLD);
    const what = evidence === undefined ? "still running" : `waiting, ${evidence}`;
    say(`${step.title}: ${what} (${formatDuration(elapsed)})`);
  }

  function tellEvent(progress: RunProgress, event: EngineEvent): void {
    if (event.type === "step-ended") tellEnd(stepOf(progress, event.step), event.outcome);
    else if (event.type === "undo-ended") tellUndo(stepOf(progress, event.step), event.outcome);
    else if (event.type === "stopping" && !quiet) say(describeStop(event));
  }

  function tellEnd({ step, duration = 0 }: StepProgress, outcome: StepOutcome): void {
    if (outcome.kind === "blocked" || outcome.kind === "not-started") return;
    if (quiet && outcome.kind !== "failed") return;
    say(`${step.title}: ${describeOutcome(outcome, colors)} (${formatDuration(duration)})`);
  }

  function tellUndo({ step }: StepProgress, outcome: StepOutcome): void {
    if (quiet && outcome.kind !== "failed") return;
    say(`undo ${step.title}: ${describeOutcome(outcome, colors)}`);
  }

  return {
    listener: event => {
      if (event.type === "run-started") progress = beginProgress(event);
      if (progress === undefined) return;
      recordEvent(progress, event);
      tellEvent(progress, event);
    },
    close: () => {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}

function describeStop(event: Extract<EngineEvent, { type: "stopping" }>): string {
  const steps = event.underWay.length === 1 ? "1 step" : `${event.underWay.length} steps`;
  return event.reason === "interrupt"
    ? `interrupted: ${steps} under way will end, no more will start; Ctrl-C again stops now`
    : `a step failed: ${steps} under way will end, no more of their kind will start`;
}
