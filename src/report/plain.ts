import type { ChalkInstance } from "chalk";
import { formatDuration, type Milliseconds } from "../base/units.ts";
import type { EngineEvent, StepOutcome } from "../engine/events.ts";
import type { Step, StepId } from "../plan/model.ts";
import { describeInHand, describeOutcome } from "./describe.ts";
import { describeRest, estimateRest, type MeanDurations } from "./estimate.ts";
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
  /** Tells of the files and folders, too, that were as they should be. */
  verbose: boolean;
  /** How long steps took in an earlier run. */
  earlier?: MeanDurations;
}

/** Progress as plain lines, for logs and pipes: one when a step ends, and waits at growing intervals. */
export function createPlainDisplay(options: PlainOptions): Display {
  let progress: RunProgress | undefined;
  const told = new Map<StepId, Milliseconds>();
  const say = (line: string) => void options.output.write(`${line}\n`);
  const tellWaits = () => {
    for (const line of dueWaits(progress, told)) say(line);
  };
  const timer = options.quiet ? undefined : setInterval(tellWaits, CHECK_EVERY).unref();
  return {
    listener: event => {
      if (event.type === "run-started") progress = beginProgress(event);
      if (progress === undefined) return;
      recordEvent(progress, event);
      const line = describeEvent(progress, event, options);
      if (line !== undefined) say(line);
      const rest = restAfter(progress, event, options);
      if (rest !== undefined) say(rest);
    },
    close: () => {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}

/** A line for each step that runs for so long that it is time to tell it; `told` has when each is next due. */
function dueWaits(progress: RunProgress | undefined, told: Map<StepId, Milliseconds>): string[] {
  const running = [...(progress?.kinds.values() ?? [])].flatMap(kind => [...kind.running]);
  return running.flatMap(({ step, startedAt = Date.now(), evidence }) => {
    const elapsed = Date.now() - startedAt;
    if (elapsed < (told.get(step.id) ?? FIRST_TOLD)) return [];
    told.set(step.id, FIRST_TOLD * 2 ** Math.ceil(Math.log2((elapsed + 1) / FIRST_TOLD)));
    const what = evidence === undefined ? "still running" : `waiting, ${evidence}`;
    return [`${step.title}: ${what} (${formatDuration(elapsed)})`];
  });
}

type Style = Pick<PlainOptions, "colors" | "quiet" | "verbose">;

function describeEvent(progress: RunProgress, event: EngineEvent, style: Style): string | undefined {
  if (event.type === "step-ended") return describeEnd(stepOf(progress, event.step), event.outcome, style);
  if (event.type === "stopping") return style.quiet ? undefined : describeStop(event);
  if (event.type === "pausing") return style.quiet ? undefined : `pausing: ${event.why}`;
  if (event.type !== "undo-ended" || (style.quiet && event.outcome.kind !== "failed")) return undefined;
  return `undo ${stepOf(progress, event.step).step.title}: ${describeOutcome(event.outcome, style.colors)}`;
}

/** What is still to come, told when a stage has ended. */
function restAfter(
  progress: RunProgress,
  event: EngineEvent,
  { quiet, earlier }: Pick<PlainOptions, "quiet" | "earlier">,
): string | undefined {
  if (quiet || event.type !== "step-ended" || event.outcome.kind !== "changed") return undefined;
  const { stage } = stepOf(progress, event.step).step;
  if (stage === undefined) return undefined;
  const others = [...progress.steps.values()].filter(({ step }) => step.stage === stage);
  if (others.some(({ outcome }) => outcome === undefined)) return undefined;
  return describeRest(estimateRest(progress, event.at, earlier));
}

function describeEnd(
  { step, duration = 0 }: StepProgress,
  outcome: StepOutcome,
  style: Style,
): string | undefined {
  if (outcome.kind === "blocked" || outcome.kind === "not-started") return undefined;
  if (style.quiet && outcome.kind !== "failed") return undefined;
  if (!style.verbose && outcome.kind === "unchanged" && isPreparation(step)) return undefined;
  // A gate changes nothing by its nature; what counts is what was seen.
  if (outcome.kind === "unchanged" && step.action.kind === "wait") {
    return `${step.title}: ${outcome.reason} (${formatDuration(duration)})`;
  }
  return `${step.title}: ${describeOutcome(outcome, style.colors)} (${formatDuration(duration)})`;
}

/** Neither a start or stop of a unit, which was asked for, nor a gate: of those that were needless the count is enough. */
function isPreparation({ action }: Step): boolean {
  if (action.kind !== "wait") return action.kind !== "unit";
  const { probe } = action;
  return probe.kind === "ports" || (probe.kind === "command" && probe.steady === true);
}

function describeStop(event: Extract<EngineEvent, { type: "stopping" }>): string {
  const steps = event.underWay.length === 1 ? "1 step" : `${event.underWay.length} steps`;
  return event.reason === "interrupt"
    ? `interrupted: ${steps} under way will end, ${describeInHand(event.inHand)}no more will start; Ctrl-C again stops now`
    : `a step failed: ${steps} under way will end, no more of their kind will start`;
}
