import { OperatorError } from "../base/operator-error.ts";

/** Reads a whole number. Throws an OperatorError for anything else. */
export function readCount(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new OperatorError(`"${text}" is not a whole number`, {
    code: "USAGE",
    hint: "write it in digits, 50",
  });
}
