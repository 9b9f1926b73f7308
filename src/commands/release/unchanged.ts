import { ExitCode } from "../../base/exit-code.ts";
import type { CommandContext } from "../model.ts";

/** All is as a verb would make it, and why that is so. */
export interface Unchanged {
  unchanged: string;
}

/** Says that all is as it is to be, and where it helps, what that is. */
export function tellUnchanged({ io, global }: CommandContext<unknown>, why?: string): ExitCode {
  if (global.json) io.stdout.write(`${JSON.stringify({ version: 1, outcome: "done", unchanged: true })}\n`);
  else if (!global.quiet) io.stderr.write(why === undefined ? "unchanged\n" : `unchanged: ${why}\n`);
  return ExitCode.Done;
}
