import { ExitCode } from "../base/exit-code.ts";
import type { Io } from "../commands/model.ts";
import { commandTable } from "./commands.ts";
import { explainError } from "./explain-error.ts";
import { runProgram } from "./program.ts";
import type { CommandSpecification } from "./specification.ts";

/** Runs one command line and gives its exit code. Never rejects and never ends the process: tests call it in process. */
export async function main(
  argv: readonly string[],
  io: Io,
  commands: readonly CommandSpecification[] = commandTable,
): Promise<ExitCode> {
  try {
    if (argv[0] === "__complete") {
      const { answerCompletion } = await import("./answer-completion.ts");
      await answerCompletion(argv.slice(1), io, commands);
      return ExitCode.Done;
    }
    return await runProgram({ argv, io, commands });
  } catch (error) {
    return await explainError(error, { argv, io });
  }
}
