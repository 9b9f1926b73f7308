import { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { CommandContext } from "./model.ts";

/**
 * Asks for the name of what is to be destroyed, so that nobody destroys another; any other word refuses, with nothing
 * touched. Where nobody can be asked it is an error that names the flag.
 */
export async function confirmName(
  context: CommandContext<unknown>,
  { what, name }: { what: string; name: string },
): Promise<void> {
  const { io, global } = context;
  if (global.yes || global.dryRun) return;
  if (!global.input || io.stdin.isTTY !== true) {
    throw new OperatorError(`${what} Nobody is here to type its name`, {
      code: "CONFIRMATION_NEEDED",
      exit: ExitCode.Usage,
      hint: "add --yes if that is what you want, or look first with --dry-run",
    });
  }
  const answer = await io.ask(`${what} Type ${name} to go on: `);
  if (answer.trim() === name) return;
  throw new OperatorError("not confirmed: nothing was touched", {
    code: "NOT_CONFIRMED",
    exit: ExitCode.Refused,
  });
}
