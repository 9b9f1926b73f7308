import { OperatorError } from "../../../src/base/operator-error.ts";
import { renderers, type Command } from "./renderers.ts";

/**
 * A row is dropped when a reader succeeds and what it gives does not hold the row. So: what it gives is written down again
 * as the lines that it stands for, and these must be the lines that were read, all of them and no others, blank ones aside.
 * Numbers count by value (`1.50 KiB` is 1536 bytes); the amount of white space between words does not count, nor do
 * percentages of numbers that stand beside them, which readers check, and the spaces that are missing between the columns
 * of a table where a name fills its own.
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

/** What releases write in different ways, and percentages that follow from numbers beside them. */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/\s+/g, " "],
  [/^=+$/g, "="],
  [/^Error: /g, "Note: "],
  [/(^|[\s[])\/(?=\S)/g, "$1"],
  [/ :/g, ":"],
  [/idx:(\d+)(?!\d)\/?(?=\S)/g, "idx:$1 "],
  [/ ?\((?:\d+(?:\.\d+)?|NaN|Infinity)%\)/g, ""],
  [/ - \d+%$/g, ""],
  [/\bcolumn family\b/g, "table"],
  [/ for range \[((?:\([^\]]*\](?:, )?)+)\](?= (?:finished|failed))/g, " for range $1"],
  [/^pending tasks:/g, "pending tasks"],
  [/^[Aa]ctive compaction remaining time:?/g, "remaining"],
];

function linesOf(text: string): string[] {
  return text
    .replaceAll(/^( {2}TOKENS: not present)(?=\S)/gm, "$1\n")
    .split("\n")
    .map(normalise)
    .filter(line => line !== "");
}

function normalise(line: string): string {
  return SPELLINGS.reduce((text, [pattern, spelling]) => text.replaceAll(pattern, spelling), line.trim())
    .replaceAll(/\b(\d+(?:\.\d+)?) (bytes|[KMGT]i?B)\b(?! total)/g, (_, number: string, unit: string) => {
      const power = Math.max(0, ["K", "M", "G", "T"].indexOf(unit.charAt(0)) + 1);
      return `${Math.round(Number(number) * 1024 ** power)} bytes`;
    })
    .replace(
      /^(.*?)( \d+ \d+ [a-z][a-z ]* \S+)$/,
      (_, names: string, rest: string) => names.replaceAll(" ", "") + rest,
    )
    .replaceAll(/(?<![\w.])\d+\.\d+(?:E\d+)?(?![\w.])/g, number => String(Number(number)));
}

function differenceOf(one: readonly string[], other: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of one) counts.set(line, (counts.get(line) ?? 0) + 1);
  for (const line of other) counts.set(line, (counts.get(line) ?? 0) - 1);
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([line, count]) => `${count > 0 ? "-" : "+"} ${line}`);
}
