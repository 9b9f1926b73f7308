import { OperatorError } from "../../../base/operator-error.ts";

/** What begins a part of the output of a script, and what ends the whole. */
const HEADING = /^== ([a-z]+)$/;

/**
 * Cuts the output of a script into its parts, `== NAME` before each and `== end` after the last. Throws an OperatorError for output that is
 * not whole, and where a part that is asked for is not there.
 */
export function readSections<Name extends string>(
  output: string,
  names: readonly Name[],
): Record<Name, string[]> {
  const parts = new Map<string, string[]>();
  let part: string[] | undefined;
  for (const line of output.split("\n")) {
    const name = HEADING.exec(line)?.[1];
    if (name === undefined) {
      if (line !== "") (part ?? missing("the beginning")).push(line);
      continue;
    }
    part = [];
    parts.set(name, part);
  }
  if (!parts.has("end")) missing("the end");
  const read = names.map(name => [name, parts.get(name) ?? missing(name)] as const);
  return Object.fromEntries(read) as Record<Name, string[]>;
}

function missing(what: string): never {
  throw new OperatorError(`the host answers in a way that smc does not know: ${what} is missing`, {
    code: "APT_UNREADABLE",
  });
}
