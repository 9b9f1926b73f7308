import { expandRange, type ExpandedName } from "../../base/host-ranges.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Problems } from "../problems.ts";
import { asMap, mapScalars, mergeMaps, type MapValue, type Offset, type Value } from "./value.ts";

/** One name of a mapping with range keys, with all that was said of it. */
export interface NamedEntry {
  name: string;
  /** The key that named it first. */
  keyAt: Offset;
  value: MapValue;
}

/**
 * Expands a mapping whose keys are ranges: `cloud[1-7]: {vpn: "10.1.{n}.1"}`. Entries that name the same host refine it, the
 * later one winning key by key. `{n}` and `{1}` are the number of the first bracket, `{2}` of the second.
 */
export function expandEntries(map: MapValue, problems: Problems): Map<string, NamedEntry> {
  const named = new Map<string, NamedEntry>();
  for (const [key, { keyAt, value }] of map.entries) {
    const template = asMap(value);
    if (template === undefined) {
      problems.add({
        at: value.at,
        message: `"${key}" must have keys of its own`,
        suggestion: `${key}: {…}`,
      });
      continue;
    }
    for (const expanded of expandKey(key, keyAt, problems)) {
      const own = fillCaptures(template, { ...expanded, key, problems });
      const known = named.get(expanded.name);
      const refined = known === undefined ? own : mergeMaps(known.value, own);
      named.set(expanded.name, { name: expanded.name, keyAt: known?.keyAt ?? keyAt, value: refined });
    }
  }
  return named;
}

/**
 * Expands the ranges in lists of hosts that settings name, `seeds: ["cassandra[1-3]"]`; other keys stay as they are.
 * Items without a range stay at their own place.
 */
export function expandHostLists(entry: MapValue, keys: readonly string[], problems: Problems): MapValue {
  const lists = keys.flatMap(key => {
    const found = entry.entries.get(key);
    return found?.value.kind === "list" ? [[key, found, found.value] as const] : [];
  });
  if (lists.length === 0) return entry;
  const entries = new Map(entry.entries);
  for (const [key, { keyAt }, list] of lists) {
    const items = list.items.flatMap(item => expandItem(item, problems));
    entries.set(key, { keyAt, value: { ...list, items } });
  }
  return { ...entry, entries };
}

function expandItem(item: Value, problems: Problems): readonly Value[] {
  if (item.kind !== "scalar" || typeof item.value !== "string" || !item.value.includes("[")) return [item];
  return expandKey(item.value, item.at, problems).map(({ name }) => ({ ...item, value: name }));
}

/** Expands one key; one that is no range is a problem at the key, and expands to nothing. */
export function expandKey(key: string, at: Offset, problems: Problems): readonly ExpandedName[] {
  try {
    return expandRange(key);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    problems.add({ at, message: error.message, suggestion: error.hint });
    return [];
  }
}

interface Captured extends ExpandedName {
  key: string;
  problems: Problems;
}

/** Fills `{n}`, `{1}`, `{2}` in; other braces belong to whoever reads the text. */
export function fillCaptures<V extends Value>(value: V, { captures, key, problems }: Captured): V {
  const fill = (text: string, at: Offset) =>
    text.replace(/\{(n|[1-9])\}/g, (found, which: string) => {
      const capture = captures[which === "n" ? 0 : Number(which) - 1];
      if (capture !== undefined) return capture;
      problems.add({
        at,
        message: `${found} has no number to stand for: "${key}" has ${captures.length === 0 ? "no brackets" : `${captures.length} of them`}`,
      });
      return found;
    });
  return mapScalars(value, {
    scalar: scalar => {
      if (typeof scalar.value !== "string" || !scalar.value.includes("{")) return scalar;
      const text = fill(scalar.value, scalar.at);
      return text === scalar.value ? scalar : { ...scalar, value: text };
    },
    key: (name, at) => (name.includes("{") ? fill(name, at) : name),
  }) as V;
}
