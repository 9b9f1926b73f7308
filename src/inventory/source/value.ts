import type { SecretReference } from "../model.ts";

/** An offset in the text of the services file, the first character of what it stands for. */
export type Offset = number;

export type Scalar = string | number | bigint | boolean | null | SecretReference;

/** A part of the services file that knows where it was written; merging and expanding keep that. */
export type Value = ScalarValue | ListValue | MapValue;

export interface ScalarValue {
  kind: "scalar";
  at: Offset;
  value: Scalar;
  /** Why a `${env:…}` or `${json:…}` in it has no value here; the text then still has the reference. */
  missing?: string;
  /** The number as it was written, where that is not how JavaScript writes it: `5.0`. */
  written?: string;
  /** What is wrong with it was said already: nothing more is to be said of its place. */
  faulty?: true;
}

export interface ListValue {
  kind: "list";
  at: Offset;
  items: readonly Value[];
}

export interface MapValue {
  kind: "map";
  at: Offset;
  entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  keyAt: Offset;
  value: Value;
}

/** The value below a key, when there is a mapping and it says something there. */
export function get(value: Value | undefined, key: string): Value | undefined {
  const found = value?.kind === "map" ? value.entries.get(key)?.value : undefined;
  return found === undefined || isNull(found) ? undefined : found;
}

/** Reads an entry that should be a mapping; an empty one (`nginx:`) is an empty mapping. Undefined for other kinds. */
export function asMap(value: Value | undefined): MapValue | undefined {
  if (value === undefined) return undefined;
  if (isNull(value)) return { kind: "map", at: value.at, entries: new Map() };
  return value.kind === "map" ? value : undefined;
}

export function isNull(value: Value): boolean {
  return value.kind === "scalar" && value.value === null;
}

/** Whether a scalar has no value for a reason that is told elsewhere. */
export function hasNoValue({ missing, faulty }: ScalarValue): boolean {
  return missing !== undefined || faulty === true;
}

export function isSecret(value: unknown): value is SecretReference {
  return typeof value === "object" && value !== null && "secret" in value && Object.keys(value).length === 1;
}

/** The text of a scalar; undefined for everything else. */
export function textOf(value: Value | undefined): string | undefined {
  if (value?.kind !== "scalar" || value.value === null || typeof value.value === "object") return undefined;
  return String(value.value);
}

/** Keys of which only one can be said: a higher level that has one takes the others of lower levels away. */
export type Alternatives = readonly (readonly string[])[];

/**
 * Lays `over` on `base`: mappings key by key, anything else as a whole. An empty value (`note:`) takes a plain value or
 * a list of the lower level away, and leaves a mapping as it is.
 */
export function merge(base: Value | undefined, over: Value, alternatives: Alternatives = []): Value {
  if (base?.kind !== "map") return over;
  if (isNull(over)) return base;
  return over.kind === "map" ? mergeMaps(base, over, alternatives) : over;
}

export function mergeMaps(base: MapValue, over: MapValue, alternatives: Alternatives = []): MapValue {
  if (over.entries.size === 0) return base;
  const entries = new Map(base.entries);
  for (const group of alternatives) {
    if (group.some(key => over.entries.has(key))) for (const key of group) entries.delete(key);
  }
  for (const [key, { keyAt, value }] of over.entries) {
    const below = entries.get(key);
    if (below !== undefined && isNull(value) && below.value.kind !== "map") entries.delete(key);
    else entries.set(key, { keyAt, value: merge(below?.value, value) });
  }
  return { kind: "map", at: over.at, entries };
}

/** A copy of a mapping with only the keys that pass. */
export function pick(map: MapValue, keep: (key: string) => boolean): MapValue {
  return { ...map, entries: new Map([...map.entries].filter(([key]) => keep(key))) };
}

/** Plain JavaScript values, for a schema; empty values are left out, and with `known` those that have no value here too. */
export function toPlain(value: Value, known = false): unknown {
  if (value.kind === "scalar") return value.value;
  if (value.kind === "list") return value.items.map(item => toPlain(item, known));
  const plain: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, { value: below }] of value.entries) {
    if (isNull(below) || (known && below.kind === "scalar" && hasNoValue(below))) continue;
    plain[key] = toPlain(below, known);
  }
  return plain;
}

/** Makes a value out of plain JavaScript, all of it written at one place. */
export function fromPlain(plain: unknown, at: Offset): Value {
  if (Array.isArray(plain)) return { kind: "list", at, items: plain.map(item => fromPlain(item, at)) };
  if (typeof plain === "object" && plain !== null && !isSecret(plain)) {
    const entries = Object.entries(plain).map(([key, below]) => [
      key,
      { keyAt: at, value: fromPlain(below, at) },
    ]);
    return { kind: "map", at, entries: new Map(entries as [string, Entry][]) };
  }
  return { kind: "scalar", at, value: plain as Scalar };
}

/** Copies a value with each of its scalars and keys changed; parts without a change are shared, not copied. */
export function mapScalars(value: Value, change: ScalarChange): Value {
  if (value.kind === "scalar") return change.scalar(value);
  if (value.kind === "list") {
    const items = value.items.map(item => mapScalars(item, change));
    return items.every((item, index) => item === value.items[index]) ? value : { ...value, items };
  }
  const entries = new Map<string, Entry>();
  let same = true;
  for (const [key, entry] of value.entries) {
    const below = mapScalars(entry.value, change);
    const name = change.key(key, entry.keyAt);
    same &&= below === entry.value && name === key;
    entries.set(name, below === entry.value ? entry : { keyAt: entry.keyAt, value: below });
  }
  return same ? value : { ...value, entries };
}

export interface ScalarChange {
  scalar(scalar: ScalarValue): Value;
  key(key: string, at: Offset): string;
}

/** Calls back for every scalar. */
export function eachScalar(value: Value, visit: (scalar: ScalarValue) => void): void {
  if (value.kind === "scalar") visit(value);
  else if (value.kind === "list") for (const item of value.items) eachScalar(item, visit);
  else for (const entry of value.entries.values()) eachScalar(entry.value, visit);
}
