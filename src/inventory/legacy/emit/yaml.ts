import { stringify } from "yaml";
import { isPlainMap, type Plain, type PlainMap } from "../plain.ts";

/** Hosts read best as a table, one a line, so lines may be longer than those of a program. */
const WIDTH = 140;

/**
 * Writes a mapping as YAML, in the order given. Mappings down to `openDepth` have one key a line; those below stay on the
 * line of their key where it is wide enough.
 */
export function writeYaml(map: PlainMap, openDepth: number): string {
  return `${writeMap(map, { indent: 0, openDepth }).join("\n")}\n`;
}

interface Place {
  indent: number;
  openDepth: number;
}

function writeMap(map: PlainMap, place: Place): string[] {
  return Object.entries(map).flatMap(([key, value]) => writeEntry(key, value, place));
}

function writeEntry(key: string, value: Plain, { indent, openDepth }: Place): string[] {
  const head = `${" ".repeat(indent)}${writeKey(key)}:`;
  const line = `${head} ${onOneLine(value)}`;
  if (!isPlainMap(value) || Object.keys(value).length === 0) return [line];
  if (openDepth === 0 && line.length <= WIDTH) return [line];
  return [head, ...writeMap(value, { indent: indent + 2, openDepth: Math.max(0, openDepth - 1) })];
}

/** A range needs quotes only inside braces, and here it is outside. */
function writeKey(key: string): string {
  return /^[A-Za-z0-9][\w.-]*\[[\w.,[\]-]*$/.test(key) ? key : onOneLine(key);
}

function onOneLine(value: Plain): string {
  const style = {
    collectionStyle: "flow",
    lineWidth: 0,
    flowCollectionPadding: false,
    blockQuote: false,
  } as const;
  return stringify(value, style).trimEnd();
}
