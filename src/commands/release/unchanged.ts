import { ExitCode } from "../../base/exit-code.ts";
import type { CommandContext } from "../model.ts";

/** Says that all is as it is to be. */
export function tellUnchanged({ io, global }: CommandContext<unknown>): ExitCode {
  if (global.json) io.stdout.write(`${JSON.stringify({ version: 1, outcome: "done", unchanged: true })}\n`);
  else if (!global.quiet) io.stderr.write("unchanged\n");
  return ExitCode.Done;
}
