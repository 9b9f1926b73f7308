import { resolve } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Plan } from "../plan/model.ts";
import type { CommandContext } from "./model.ts";

/** The command that the plan stands for: what was typed, without what only says that it is to be planned. */
export function plannedWords(argv: readonly string[]): string[] {
  const words = argv.filter(word => !/^(-o.+|--output=.*)$/.test(word));
  const file = words.findIndex(word => word === "-o" || word === "--output");
  if (file !== -1) words.splice(file, 2);
  const verb = words.indexOf("plan");
  if (verb !== -1) words.splice(verb, 1);
  return words;
}

/** Writes a plan where `smc apply` reads it. Throws an OperatorError (exit 1) when that cannot be. */
export async function writePlan(
  { io, global }: CommandContext<unknown>,
  plan: Plan,
  output: string,
): Promise<ExitCode> {
  const path = resolve(io.directory, output);
  try {
    await writeFileAtomic(path, `${JSON.stringify(plan, null, 2)}\n`, { mode: 0o600 });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(`the plan cannot be written: ${why}`, {
      code: "PLAN_UNWRITABLE",
      exit: ExitCode.Failed,
      cause,
    });
  }
  if (global.json) {
    io.stdout.write(`${JSON.stringify({ version: 1, file: path, steps: plan.steps.length })}\n`);
  } else io.stderr.write(`wrote ${output}: ${plan.steps.length} steps\nnext: smc apply ${output}\n`);
  return ExitCode.Done;
}
