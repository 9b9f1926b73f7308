import { reference, type PythonValue } from "./python/value.ts";

/** A value as YAML has it. */
export type Plain = string | number | bigint | boolean | null | readonly Plain[] | PlainMap;

export interface PlainMap {
  readonly [key: string]: Plain;
}

/** A value of the old files as YAML. Numbers and truth values that were written as text become what they mean. */
export function plainOf(value: PythonValue): Plain {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value === "string") return plainText(value);
  if (typeof value !== "object" || value === null) return value;
  if (value.kind === "json") return reference(value);
  if (value.kind !== "dictionary") return value.items.map(plainOf);
  return Object.fromEntries([...value.entries].map(([key, below]) => [key, plainOf(below)]));
}

function plainText(text: string): Plain {
  if (/^(0|-?[1-9]\d{0,14})$/.test(text)) return Number(text);
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  return text;
}

/** Whether two values are written the same; the order of keys counts for nothing. */
export function samePlain(one: Plain | undefined, other: Plain | undefined): boolean {
  return fingerprint(one ?? null) === fingerprint(other ?? null);
}

/** Equal for equal values. */
export function fingerprint(value: Plain): string {
  if (Array.isArray(value)) return `[${value.map(fingerprint).join(",")}]`;
  if (isPlainMap(value)) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, below]) => `${JSON.stringify(key)}:${fingerprint(below)}`).join(",")}}`;
  }
  return typeof value === "bigint" ? `${value}n` : JSON.stringify(value);
}

export function isPlainMap(value: Plain | undefined): value is PlainMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Without the keys that have no value. */
export function compact(entries: Readonly<Record<string, Plain | undefined>>): PlainMap {
  const said = Object.entries(entries).filter(
    (entry): entry is [string, Plain] => entry[1] !== undefined && !isEmpty(entry[1]),
  );
  return Object.fromEntries(said);
}

function isEmpty(value: Plain): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** The value that comes most often, the first among equals. */
export function mostCommon<V extends Plain>(values: Iterable<V>): V | undefined {
  const counts = new Map<string, { value: V; count: number }>();
  for (const value of values) {
    const key = fingerprint(value);
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { value, count: 1 });
    else known.count += 1;
  }
  let best: { value: V; count: number } | undefined;
  for (const entry of counts.values()) if (best === undefined || entry.count > best.count) best = entry;
  return best?.value;
}
