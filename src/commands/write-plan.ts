import { resolve } from "node:path";
import { ExitCode } from "../base/exit-code.ts";
import type { Plan } from "../plan/model.ts";
import type { CommandContext } from "./model.ts";
import { requireWritable, writeOutput } from "./output-file.ts";

/** The command that the plan stands for: what was typed, without what only says that it is to be planned. */
export function plannedWords(argv: readonly string[]): string[] {
  const words = argv.filter(word => !/^(-o.+|--output=.*)$/.test(word));
  const file = words.findIndex(word => word === "-o" || word === "--output");
  if (file !== -1) words.splice(file, 2);
  const verb = words.indexOf("plan");
  if (verb !== -1) words.splice(verb, 1);
  return words;
}

/** Throws an OperatorError (exit 2) where a plan is to be kept in a file that cannot be written. */
export async function requireOutput(
  { io }: CommandContext<unknown>,
  { output }: { output?: string },
): Promise<void> {
  if (output !== undefined) await requireWritable(io, { file: output, what: "plan" });
}

/** Writes a plan where `smc apply` reads it. Throws an OperatorError (exit 1) when that cannot be. */
export async function writePlan(
  { io, global }: CommandContext<unknown>,
  plan: Plan,
  output: string,
): Promise<ExitCode> {
  await writeOutput(io, {
    file: output,
    what: "plan",
    text: `${JSON.stringify(plan, null, 2)}\n`,
    mode: 0o600,
  });
  if (global.json) {
    io.stdout.write(
      `${JSON.stringify({ version: 1, file: resolve(io.directory, output), steps: plan.steps.length })}\n`,
    );
  } else io.stderr.write(`wrote ${output}: ${plan.steps.length} steps\nnext: smc apply ${output}\n`);
  return ExitCode.Done;
}
