import { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { CommandContext } from "./model.ts";

/**
 * Asks y/N before something that people would not want by accident; anything but yes refuses, with nothing
 * touched. Where nobody can be asked it is an error that names the flag.
 */
export async function confirm(context: CommandContext<unknown>, question: string): Promise<void> {
  const { io, global } = context;
  if (global.yes || global.dryRun) return;
  if (!global.input || io.stdin.isTTY !== true) {
    throw new OperatorError(`${question} Nobody is here to answer`, {
      code: "CONFIRMATION_NEEDED",
      exit: ExitCode.Usage,
      hint: "add --yes if that is what you want, or look first with --dry-run",
    });
  }
  const answer = await io.ask(`${question} [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new OperatorError("not confirmed: nothing was touched", {
    code: "NOT_CONFIRMED",
    exit: ExitCode.Refused,
  });
}
