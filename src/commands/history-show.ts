import { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import { formatDuration } from "../base/units.ts";
import type { EngineEvent } from "../engine/events.ts";
import { journalPath } from "../engine/journal/header.ts";
import { findRun } from "../engine/journal/list.ts";
import { readRun, type RecordedRun } from "../engine/journal/read.ts";
import { createColors } from "../report/colors.ts";
import { describeOutcome } from "../report/describe.ts";
import { stateDirectory as stateDirectoryOf } from "../state/state-directory.ts";
import type { CommandContext } from "./model.ts";

type Colors = ReturnType<typeof createColors>;

/** `smc history show RUN`: every attempt of a run with every step, as the journal has it. */
export async function historyShow(context: CommandContext<unknown>, run: string): Promise<ExitCode> {
  const { io, global } = context;
  const stateDirectory = stateDirectoryOf(io.env);
  const deployment = await findRun(stateDirectory, run);
  if (deployment === undefined) {
    throw new OperatorError(`there is no run ${run}`, {
      code: "RUN_UNKNOWN",
      hint: "smc history lists the runs",
    });
  }
  const recorded = await readRun(journalPath(stateDirectory, { deployment, run }));
  if (global.json) {
    const { header, events } = recorded;
    io.stdout.write(`${JSON.stringify({ ...header, type: "run", events }, null, 2)}\n`);
  } else {
    const lines = describeRun(recorded, createColors(io.stdout, context));
    io.stdout.write(`${lines.join("\n")}\n`);
  }
  return ExitCode.Done;
}

function describeRun({ header, plan, events }: RecordedRun, colors: Colors): string[] {
  const { run, user, host, deployment, command } = header;
  const titles = new Map(plan.steps.map(({ id, title }) => [id, title]));
  const head = `run ${run}: smc ${command.join(" ")}\n${user}@${host} on ${deployment}, ${plan.steps.length} steps`;
  return [head, ...events.flatMap(event => describeEvent(event, titles, colors))];
}

function describeEvent(event: EngineEvent, titles: ReadonlyMap<string, string>, colors: Colors): string[] {
  const at = new Date(event.at).toISOString().slice(0, 19).replace("T", " ");
  const title = "step" in event ? (titles.get(event.step) ?? event.step) : "";
  switch (event.type) {
    case "run-started":
      return ["", `${at}  ${event.resumed ? "resumed" : "started"}`];
    case "step-ended":
      return stepLines(`${at}  ${title}`, event, colors);
    case "stopping":
      return [`${at}  stopping, because of ${event.reason === "interrupt" ? "an interrupt" : "a failure"}`];
    case "pausing":
      return [`${at}  pausing: ${event.why}`];
    case "undo-ended":
      return [`${at}  undo of ${title}: ${describeOutcome(event.outcome, colors)}`];
    case "run-ended":
      return [`${at}  ${event.outcome.kind} after ${formatDuration(event.outcome.duration)}`];
    case "step-started":
    case "step-waiting":
    case "undo-started":
      return [];
    default:
      return event satisfies never;
  }
}

function stepLines(
  start: string,
  { outcome, duration }: Extract<EngineEvent, { type: "step-ended" }>,
  colors: Colors,
): string[] {
  const line = `${start}: ${describeOutcome(outcome, colors)} (${formatDuration(duration)})`;
  if (outcome.kind !== "failed") return [line];
  const texts = [outcome.output ?? "", outcome.log ?? ""].filter(text => text !== "");
  return [line, ...texts.flatMap(text => text.split("\n")).map(text => `  | ${text}`)];
}
