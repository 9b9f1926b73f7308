import { formatDuration } from "../../base/units.ts";
import { processCommand, processLimits } from "../../plan/commands.ts";
import type { ProcessUnit } from "../../plan/model.ts";
import type { CommandResult } from "../../transport/model.ts";
import { commandFailure } from "../command-failure.ts";
import type { ActionResult } from "../performer.ts";
import { runOptions } from "../run-options.ts";
import type { UnitManager, UnitWork } from "./manager.ts";
import { RELOAD_SCRIPT, START_SCRIPT, STOP_SCRIPT } from "./process-script.ts";
import { unitStatus } from "./unit-statuses.ts";

type Work = UnitWork<ProcessUnit>;

/** The part of the time left that a program has to end by itself, before it is killed. */
const PATIENCE = 0.8;

/** Process groups that smc starts and watches itself, where there is no systemd for it. */
export const processes: UnitManager<ProcessUnit> = {
  status: ({ unit, runAs, context }) => unitStatus(context.connection, unit, runOptions(context, runAs)),
  start,
  stop,
  restart: async work => {
    const stopped = await stop(work);
    if (stopped.kind === "failed") return stopped;
    const started = await start(work);
    const note = stopped.kind === "changed" ? stopped.note : undefined;
    return started.kind === "changed" && note !== undefined ? { ...started, note } : started;
  },
  reload: async work => {
    const { unit } = work;
    const result = await runScript(work, RELOAD_SCRIPT, [unit.reloadSignal ?? "HUP"]);
    if (!result.ok) return commandFailure(result);
    if (firstWord(result) === "signalled") return { kind: "changed" };
    return { kind: "failed", reason: `${unit.name} does not run, so nothing can read its configuration` };
  },
};

async function start(work: Work): Promise<ActionResult> {
  const { unit } = work;
  const words = [secondsLeft(work), unit.log, unit.directory, processLimits(unit).join(" ")];
  const result = await runScript(work, START_SCRIPT, [...words, ...processCommand(unit)]);
  if (!result.ok) return commandFailure(result);
  const [line = "", ...log] = result.stdout.trimEnd().split("\n");
  const [word = "", detail = ""] = line.split(" ");
  switch (word) {
    case "started":
      return { kind: "changed" };
    case "already":
      return { kind: "unchanged", reason: `${unit.name} runs as process ${detail}` };
    case "left":
      return {
        kind: "failed",
        reason: `processes of an earlier start of ${unit.name} are left (process group ${detail})`,
        hint: "stop it first, which ends them",
      };
    case "died":
      return {
        kind: "failed",
        reason: `${unit.name} ended at once with exit code ${detail}`,
        hint: `its log is ${unit.log}`,
        output: await work.context.redactAll(log.join("\n")),
      };
    default:
      return commandFailure(result);
  }
}

async function stop(work: Work): Promise<ActionResult> {
  const { unit, context } = work;
  const patience = Math.max(1, Math.floor(((context.deadline - Date.now()) / 1000) * PATIENCE));
  const result = await runScript(work, STOP_SCRIPT, [secondsLeft(work), unit.stopSignal, String(patience)]);
  if (!result.ok) return commandFailure(result);
  switch (firstWord(result)) {
    case "stopped":
      return { kind: "changed" };
    case "already":
      return { kind: "unchanged", reason: `${unit.name} does not run` };
    case "killed":
      return {
        kind: "changed",
        note: `killed: it did not end within ${formatDuration(patience * 1000)} of ${unit.stopSignal}`,
      };
    default:
      return { kind: "failed", reason: `${unit.name} does not end even when it is killed` };
  }
}

function runScript(work: Work, script: string, words: readonly string[]): Promise<CommandResult> {
  const { unit, runAs, context } = work;
  const argv = ["sh", "-c", script, "unit", unit.folder, unit.name, ...words];
  return context.connection.run(argv, runOptions(context, runAs));
}

function secondsLeft({ context }: Work): string {
  return String(Math.max(1, Math.floor((context.deadline - Date.now()) / 1000)));
}

function firstWord({ stdout }: CommandResult): string {
  return stdout.trim().split(/\s/)[0] ?? "";
}
