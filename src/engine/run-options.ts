import type { Milliseconds } from "../base/units.ts";
import type { RunOptions } from "../transport/model.ts";
import type { WorkLimits } from "./performer.ts";

const MARGIN = 0.05;
const LONGEST_MARGIN: Milliseconds = 1000;

/**
 * The options of a command within the limits of its step. The command ends a little before its step does, so that
 * what it says of its end is heard.
 */
export function runOptions(
  { deadline, signal }: Pick<WorkLimits, "deadline" | "signal">,
  runAs?: string,
): Pick<RunOptions, "timeout" | "signal" | "runAs"> {
  const left: Milliseconds = deadline - Date.now();
  const timeout = Math.max(1, Math.floor(left - Math.min(LONGEST_MARGIN, left * MARGIN)));
  return { timeout, signal, ...(runAs === undefined ? {} : { runAs }) };
}
