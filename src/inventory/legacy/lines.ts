import type { Offset } from "../source/value.ts";

/** A line with the offset of its first letter. */
export interface Line {
  text: string;
  start: Offset;
}

/** The lines of a text, without their ends. */
export function linesOf(text: string): readonly Line[] {
  let start = 0;
  return text.split("\n").map(line => {
    const found = { text: line.replace(/\r$/, ""), start };
    start += line.length + 1;
    return found;
  });
}
