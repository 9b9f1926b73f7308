import type { ChalkInstance } from "chalk";
import type { HostName } from "../base/names.ts";
import { formatDuration } from "../base/units.ts";
import type { RunOutcome } from "../engine/events.ts";
import { foldEqual } from "./fold.ts";
import { endedAs, type RunProgress } from "./progress.ts";

/** Lines of a failed step's output, and of a log, that the summary shows; the journal has all of it. */
const OUTPUT_LINES = 12;

/** The end of a run in words: each failure with its cause, its output and what to do, then the counts, then the next command. */
export function summarise(progress: RunProgress, outcome: RunOutcome, colors: ChalkInstance): string {
  const lines = [...noteLines(progress), ...failureLines(progress, colors), ...undoLines(progress)];
  lines.push(countLine(outcome, colors));
  if (outcome.kind !== "done") {
    const { run, plan } = progress;
    lines.push(
      `next: smc resume ${run}  goes on as it was planned; smc ${plan.command.join(" ")}  plans anew`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** What a step that went well has to say, once for all hosts. */
function noteLines(progress: RunProgress): string[] {
  const notes = endedAs(progress, "changed").flatMap(({ step, name, outcome }) =>
    outcome?.kind === "changed" && outcome.note !== undefined
      ? [{ host: name, kind: step.kind, note: outcome.note }]
      : [],
  );
  return foldEqual(notes, ({ kind, note }) => [kind, note]).map(
    ({ names, answer }) => `note    ${answer.kind} on ${names}: ${answer.note}`,
  );
}

interface Failure {
  host: HostName;
  kind: string;
  reason: string;
  hint?: string;
  output?: string;
  log?: string;
}

/** Failures of one kind with one cause are told once, with the hosts folded, and one log of them. */
function failureLines(progress: RunProgress, colors: ChalkInstance): string[] {
  const failures = endedAs(progress, "failed").flatMap(({ step, name, outcome }): Failure[] =>
    outcome?.kind === "failed" ? [{ ...outcome, host: name, kind: step.kind }] : [],
  );
  const sameness = ({ kind, reason, hint, output }: Failure) => [kind, reason, hint, output];
  return foldEqual(failures, sameness).flatMap(({ names, answer }) => [
    `${colors.red("failed")}  ${answer.kind} on ${names}: ${answer.reason}`,
    ...tail(answer.output ?? "").map(line => `  | ${line}`),
    ...logLines(answer),
    ...(answer.hint === undefined ? [] : [`  next: ${answer.hint}`]),
  ]);
}

function logLines({ log }: Failure): string[] {
  if (log === undefined) return [];
  const [head = "", ...lines] = log.split("\n");
  return [`  ${head}`, ...tail(lines.join("\n")).map(line => `  | ${line}`)];
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
  const start = kind === "done" ? colors.green(kind) : kind === "failed" ? colors.red(kind) : kind;
  return `${start}: ${total} (${formatDuration(duration)})`;
}
