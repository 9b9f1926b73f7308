import type { ChalkInstance } from "chalk";
import { foldNames } from "../base/host-ranges.ts";
import { formatDuration } from "../base/units.ts";
import type { RunOutcome } from "../engine/events.ts";
import { endedAs, type RunProgress, type StepProgress } from "./progress.ts";

/** Lines of a failed step's output that the summary shows; the journal has all of it. */
const OUTPUT_LINES = 12;

/** The end of a run in words: each failure with its cause, its output and what to do, then the counts, then the next command. */
export function summarise(progress: RunProgress, outcome: RunOutcome, colors: ChalkInstance): string {
  const lines = [...failureLines(progress, colors), ...undoLines(progress), countLine(outcome, colors)];
  if (outcome.kind !== "done") lines.push("next: smc resume");
  return `${lines.join("\n")}\n`;
}

interface Failure {
  kind: string;
  reason: string;
  hint: string | undefined;
  output: string;
  steps: StepProgress[];
}

/** Failures of one kind with one cause are told once, with the hosts folded. */
function failureLines(progress: RunProgress, colors: ChalkInstance): string[] {
  return groupFailures(endedAs(progress, "failed")).flatMap(({ kind, reason, hint, output, steps }) => [
    `${colors.red("failed")}  ${kind} on ${foldNames(steps.map(({ step }) => step.host))}: ${reason}`,
    ...tail(output).map(line => `  | ${line}`),
    ...(hint === undefined ? [] : [`  next: ${hint}`]),
  ]);
}

function groupFailures(failed: readonly StepProgress[]): Failure[] {
  const groups = new Map<string, Failure>();
  for (const progress of failed) {
    if (progress.outcome?.kind !== "failed") continue;
    const { reason, hint, output = "" } = progress.outcome;
    const key = JSON.stringify([progress.step.kind, reason, hint, output]);
    const group = groups.get(key) ?? { kind: progress.step.kind, reason, hint, output, steps: [] };
    group.steps.push(progress);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function tail(output: string): string[] {
  const lines = output.trimEnd().split("\n");
  if (output.trim() === "") return [];
  const left = lines.length - OUTPUT_LINES;
  return left <= 0 ? lines : [`(${left} lines before these)`, ...lines.slice(-OUTPUT_LINES)];
}

function undoLines({ undone, steps }: RunProgress): string[] {
  return undone.map(({ step, outcome }) => {
    const title = steps.get(step)?.step.title ?? step;
    return outcome.kind === "failed" ? `undo of ${title} failed: ${outcome.reason}` : `undone  ${title}`;
  });
}

function countLine({ kind, counts, duration }: RunOutcome, colors: ChalkInstance): string {
  const parts = [
    `${counts.changed} changed`,
    `${counts.unchanged} unchanged`,
    counts.failed === 0 ? "" : colors.red(`${counts.failed} failed`),
    counts.blocked === 0 ? "" : `${counts.blocked} blocked`,
    counts.notStarted === 0 ? "" : `${counts.notStarted} not started`,
  ];
  const total = parts.filter(part => part !== "").join(", ");
  const start =
    kind === "done" ? colors.green("done") : kind === "failed" ? colors.red("failed") : "interrupted";
  return `${start}: ${total} (${formatDuration(duration)})`;
}
