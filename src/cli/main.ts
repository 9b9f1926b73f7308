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
    if (argv[0] === COMPLETE) return await answerCompletion(argv.slice(1), io, commands);
    return await runProgram({ argv, io, commands });
  } catch (error) {
    return await explainError(error, { argv, io });
  }
}

/** What the completion scripts of the shells call; see src/commands/completion.ts. */
const COMPLETE = "__complete";

async function answerCompletion(
  words: readonly string[],
  io: Io,
  commands: readonly CommandSpecification[],
): Promise<ExitCode> {
  const { completeWords } = await import("./complete.ts");
  const names = () => Promise.resolve({ services: [], hosts: [], deployments: [] });
  for (const { word, meaning } of await completeWords({ words, commands, names })) {
    io.stdout.write(meaning === "" ? `${word}\n` : `${word}\t${meaning}\n`);
  }
  return ExitCode.Done;
}
