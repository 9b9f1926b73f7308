import type { Problems } from "../problems.ts";
import type { Offset } from "../source/value.ts";
import { linesOf } from "./lines.ts";
import type { HostLine } from "./model.ts";

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
/** `# DC1:RAC0   128.95.224.237 cloud3`: the old parser did not read it, people did. */
const PLACE_COMMENT = /^\s*#\s*(DC\w*):RAC\w*\s+(?:([\d.]+)\s+)?([\w.-]+)/i;

/** What a comment says of the machine that it names. */
export interface PlaceRemark {
  dc: string;
  public: string | undefined;
}

export interface HostsFile {
  lines: readonly HostLine[];
  places: ReadonlyMap<string, PlaceRemark>;
}

/** Reads an old `hosts` file: `address name … name` lines, `#` comments. What is wrong goes to `problems`. */
export function readHostsFile(text: string, problems: Problems): HostsFile {
  const lines: HostLine[] = [];
  const places = new Map<string, PlaceRemark>();
  for (const { text: line, start } of linesOf(text)) {
    const [, dc, address, name] = PLACE_COMMENT.exec(line) ?? [];
    if (dc !== undefined && name !== undefined) places.set(name, { dc: dc.toUpperCase(), public: address });
    const content = line.replace(/#.*/, "");
    const remark = line.slice(content.length + 1).trim();
    const [first, ...names] = content.split(/\s+/).filter(word => word !== "");
    if (first === undefined) continue;
    const at = start + content.search(/\S/);
    if (checkLine({ first, names, at }, problems)) lines.push({ address: first, names, remark, at });
  }
  if (lines.length === 0) problems.add({ at: 0, message: "the hosts file names no host" });
  return { lines, places };
}

interface Words {
  first: string;
  names: readonly string[];
  at: Offset;
}

function checkLine({ first, names, at }: Words, problems: Problems): boolean {
  const wrong = [first, ...names].find(word => !NAME.test(word));
  if (first.startsWith("[")) {
    const suggestion = "put the group as one more name into the line of each host";
    problems.add({ at, message: "a hosts file has no sections", suggestion });
  } else if (names.length === 0) {
    problems.add({ at, message: `"${first}" stands alone`, suggestion: "write an address, then its names" });
  } else if (wrong !== undefined) {
    const message = `"${wrong}" is no name`;
    problems.add({ at, message, suggestion: "a name is at most 63 letters, digits and hyphens" });
  } else return true;
  return false;
}
