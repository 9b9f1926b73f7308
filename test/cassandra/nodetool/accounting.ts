import { OperatorError } from "../../../src/base/operator-error.ts";
import { renderers, type Command } from "./renderers.ts";

/**
 * A row is dropped when a reader succeeds and what it gives does not hold the row. So: what it gives is written down again
 * as the lines that it stands for, and these must be the lines that were read, all of them and no others, blank ones aside.
 * Numbers count by value (`1.50 KiB` is 1536 bytes), and the amount of white space between words does not count.
 */
export interface Account {
  outcome: "accounted" | "refused" | "dropped";
  /** Lines that only one of the two has. */
  difference: readonly string[];
}

/** Reads `text` as the output of `command`, and says whether every line of it is accounted for. */
export function account(command: Command, text: string): Account {
  const { parse, render } = renderers[command];
  let rendered: readonly string[];
  try {
    rendered = render(parse(text));
  } catch (error) {
    if (error instanceof OperatorError && error.code === "NODETOOL_OUTPUT")
      return { outcome: "refused", difference: error.details };
    throw error;
  }
  const difference = differenceOf(linesOf(text), rendered.map(normalise));
  return { outcome: difference.length === 0 ? "accounted" : "dropped", difference };
}

function linesOf(text: string): string[] {
  return text
    .replaceAll(/^( {2}TOKENS: not present)(?=\S)/gm, "$1\n")
    .split("\n")
    .map(normalise)
    .filter(line => line !== "");
}

function normalise(line: string): string {
  return line
    .trim()
    .replaceAll(/\s+/g, " ")
    .replace(/^=+$/, "=")
    .replace(/^Error: /, "Note: ")
    .replaceAll(/(^|[\s[])\/(?=\S)/g, "$1")
    .replaceAll(/\b(\d+(?:\.\d+)?) (bytes|[KMGT]i?B)\b/g, (_, number: string, unit: string) => {
      const power = Math.max(0, ["K", "M", "G", "T"].indexOf(unit.charAt(0)) + 1);
      return `${Math.round(Number(number) * 1024 ** power)} bytes`;
    });
}

function differenceOf(one: readonly string[], other: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of one) counts.set(line, (counts.get(line) ?? 0) + 1);
  for (const line of other) counts.set(line, (counts.get(line) ?? 0) - 1);
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([line, count]) => `${count > 0 ? "-" : "+"} ${line}`);
}
