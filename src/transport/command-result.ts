import type { HostName } from "../base/names.ts";
import type { CommandEnd, CommandResult } from "./model.ts";
import type { Outcome } from "./supervise.ts";

/** Starts the clock of one command; the function that it gives makes the result at the end. */
export function beginCommand(host: HostName, argv: readonly string[]): (outcome: Outcome) => CommandResult {
  const startedAt = Date.now();
  const start = performance.now();
  return outcome => ({
    host,
    argv,
    ok: outcome.end.kind === "exited" && outcome.end.code === 0,
    ...outcome,
    startedAt,
    duration: Math.round(performance.now() - start),
  });
}

/** The outcome of a command that wrote nothing, because it never ran or nobody listened. */
export function silentOutcome(end: CommandEnd): Outcome {
  return { end, stdout: "", stderr: "" };
}
