import { ExitCode } from "../base/exit-code.ts";
import { explainHead, explainLines, explainPlan } from "../plan/explain.ts";
import type { Plan } from "../plan/model.ts";
import type { CommandContext } from "./model.ts";

/** Prints what a plan would do, step by step, on stdout; with `--json` the plan itself beside it. */
export function printPlan(context: CommandContext<unknown>, plan: Plan): ExitCode {
  const { stdout } = context.io;
  const steps = explainPlan(plan);
  if (context.global.json)
    stdout.write(`${JSON.stringify({ version: 1, dryRun: true, steps, plan }, null, 2)}\n`);
  else
    stdout.write(
      `${explainHead(plan)}\n${steps.map((step, index) => explainLines(step, index + 1)).join("")}`,
    );
  return ExitCode.Done;
}
