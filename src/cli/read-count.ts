import { OperatorError } from "../base/operator-error.ts";

/** Reads a number of lines. Throws an OperatorError for anything else. */
export function readCount(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new OperatorError(`--lines ${text} is not a number of lines`, { code: "USAGE", hint: "--lines 50" });
}
