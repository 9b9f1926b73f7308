import { ExitCode } from "../base/exit-code.ts";
import { formatDuration } from "../base/units.ts";
import { listRuns, type RunSummary } from "../engine/journal/list.ts";
import { renderTable } from "../report/table.ts";
import { lockState } from "../state/lock.ts";
import { stateDirectory as stateDirectoryOf } from "../state/state-directory.ts";
import type { CommandContext } from "./model.ts";

/** Options of `smc history`. */
export interface HistoryOptions {
  lines: number;
}

const HEADINGS = ["run", "deployment", "by", "command", "outcome", "changed", "failed", "took"];

/** How a run stands: how it ended, that it goes on, that it died without an end, or that the lock does not tell which. */
type Standing = "done" | "failed" | "interrupted" | "paused" | "running" | "died" | "unknown";

/** `smc history`: what was done, by whom and how it ended, newest first. */
export async function history(context: CommandContext<HistoryOptions>): Promise<ExitCode> {
  const { io, global, options } = context;
  const stateDirectory = stateDirectoryOf(io.env);
  const runs = await listRuns(stateDirectory, { deployment: global.deployment, most: options.lines });
  const standings = await Promise.all(runs.map(run => standingOf(stateDirectory, run)));
  if (global.json) {
    const entries = runs.map((run, index) => toJson(run, standings[index] ?? "died"));
    io.stdout.write(`${JSON.stringify({ version: 1, runs: entries }, null, 2)}\n`);
  } else if (runs.length === 0) io.stderr.write("nothing was done yet\n");
  else
    io.stdout.write(
      renderTable(
        HEADINGS,
        runs.map((run, index) => toRow(run, standings[index] ?? "died")),
      ),
    );
  return ExitCode.Done;
}

async function standingOf(
  stateDirectory: string,
  { run, deployment, outcome }: RunSummary,
): Promise<Standing> {
  if (outcome !== undefined) return outcome.kind;
  const lock = await lockState({ stateDirectory, deployment }).catch(() => "unknown" as const);
  if (lock === "unknown") return lock;
  return lock !== undefined && !lock.stale && lock.holder.run === run ? "running" : "died";
}

function toRow({ run, deployment, header, outcome }: RunSummary, standing: Standing): string[] {
  const { user = "", host = "", command = [] } = header ?? {};
  const counts =
    outcome === undefined ? ["", ""] : [outcome.counts.changed, outcome.counts.failed].map(String);
  const took = outcome === undefined ? "" : formatDuration(outcome.duration);
  return [
    run,
    deployment,
    user === "" ? "" : `${user}@${host}`,
    command.join(" "),
    standing,
    ...counts,
    took,
  ];
}

function toJson({ run, deployment, header, outcome }: RunSummary, standing: Standing): object {
  const { user, host, command, at } = header ?? {};
  return {
    run,
    deployment,
    user,
    host,
    command,
    startedAt: at === undefined ? undefined : new Date(at).toISOString(),
    outcome: standing,
    counts: outcome?.counts,
    duration: outcome?.duration,
  };
}
