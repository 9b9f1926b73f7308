import { OperatorError } from "../../base/operator-error.ts";
import type { CommandContext } from "../model.ts";

/** How many go at once: `--batch N`, one without. Throws an OperatorError (exit 2) for `--parallel` without a number. */
export function batchSize({ options, global }: CommandContext<{ batch?: number }>): number {
  if (global.parallel === true) {
    throw new OperatorError("say how many may go at once: --batch N", {
      code: "USAGE",
      hint: "--batch 4, or leave --parallel out for one at a time",
    });
  }
  return global.rolling ? 1 : (options.batch ?? global.parallel ?? 1);
}
