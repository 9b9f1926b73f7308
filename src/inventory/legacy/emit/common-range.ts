import { isPlainMap, type Plain, type PlainMap } from "../plain.ts";
import type { FoldedEntry } from "./fold-hosts.ts";

/** From how many keys on a range gets a name. */
const MIN_USES = 3;
/** `[1-4]` is as short as a name for it. */
const MIN_LENGTH = 8;

/** The range that most keys have in common, worth a variable; undefined when there is none. */
export function commonRange(entries: readonly FoldedEntry[]): string | undefined {
  const uses = new Map<string, number>();
  for (const { pattern } of entries) {
    const [range = "", ...others] = pattern.match(/\[[^\]]*\]/g) ?? [];
    if (others.length === 0 && range.length >= MIN_LENGTH) uses.set(range, (uses.get(range) ?? 0) + 1);
  }
  const [most] = [...uses].sort(([, a], [, b]) => b - a);
  return most !== undefined && most[1] >= MIN_USES ? most[0] : undefined;
}

/** The entries as a mapping, with `${all}` for the common range. What refines the very same hosts goes into their entry. */
export function asMapping(entries: readonly FoldedEntry[], common: string | undefined): PlainMap {
  const mapping = new Map<string, Plain>();
  for (const { pattern, value } of entries) {
    const key = withVariable(pattern, common);
    const known = mapping.get(key);
    mapping.set(key, isPlainMap(known) ? { ...known, ...value } : value);
  }
  return Object.fromEntries(mapping);
}

export function withVariable(pattern: string, common: string | undefined): string {
  return common === undefined ? pattern : pattern.replaceAll(common, () => "${all}");
}
