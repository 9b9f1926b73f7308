import * as v from "valibot";
import type { DeploymentName } from "../../base/names.ts";
import { closest } from "../../base/suggest.ts";
import type { Problems } from "../problems.ts";
import { hasNoValue, isNull, toPlain, type Offset, type Value } from "../source/value.ts";
import { SIZE } from "./leaves.ts";
import { isMappingAt, keysAt } from "./shape.ts";

export interface ValidateContext {
  problems: Problems;
  /** What the value is, for messages about a key that is not there: `web3`. */
  what: string;
  deployment?: DeploymentName | undefined;
  /** Where to point when the value itself lacks a key; the value where it is not given. */
  keyAt?: Offset;
  /** Keys that are read elsewhere, for suggestions. */
  otherKeys?: readonly string[];
}

type Key = string | number;

/**
 * Checks a value against a schema. Every issue becomes a problem at its own place; undefined when there was one. What has
 * no value on this machine (`${env:…}`) is not held against its key: that is said where the deployment is used.
 */
export function validate<S extends v.GenericSchema>(
  schema: S,
  value: Value,
  context: ValidateContext,
): v.InferOutput<S> | undefined {
  const lists = misplacedLists(value, { schema, path: [] });
  for (const { path, at } of lists) reportList(path, { at, context });
  if (lists.length > 0) return undefined;
  const result = v.safeParse(schema, toPlain(value));
  if (result.success) return result.output;
  const issues = result.issues
    .flatMap(issue => flatten(issue, []))
    .filter(({ path }) => !isToldElsewhere(locate(value, path).value));
  for (const issue of issues) report(issue, { schema, value, context });
  if (issues.length > 0) return undefined;
  const known = v.safeParse(schema, toPlain(value, true));
  return known.success ? known.output : undefined;
}

interface Place {
  path: readonly Key[];
  at: Offset;
}

/** Lists where keys and values are expected: valibot takes their numbers for keys. */
function misplacedLists(
  value: Value,
  { schema, path }: { schema: v.GenericSchema; path: readonly Key[] },
): readonly Place[] {
  if (value.kind === "scalar") return [];
  if (value.kind === "list" && isMappingAt(schema, path)) return [{ path, at: value.at }];
  const parts: readonly (readonly [Key, Value])[] =
    value.kind === "list"
      ? value.items.map((item, index) => [index, item] as const)
      : [...value.entries].map(([key, { value: below }]) => [key, below] as const);
  return parts.flatMap(([key, below]) => misplacedLists(below, { schema, path: [...path, key] }));
}

function reportList(path: readonly Key[], { at, context }: { at: Offset; context: ValidateContext }): void {
  const { problems, deployment, what } = context;
  const key = path.length === 0 ? what : nameOf(path);
  problems.add({ at, message: `${key}: expected keys and values, not a list`, deployment });
}

interface FlatIssue {
  issue: v.BaseIssue<unknown>;
  path: readonly Key[];
}

/** A union says only that nothing matched; where one option got further than the value itself, its issues say more. */
function flatten(issue: v.BaseIssue<unknown>, above: readonly Key[]): FlatIssue[] {
  const path = [...above, ...(issue.path ?? []).map(({ key }) => key as Key)];
  const deeper = (issue.issues ?? []).filter(option => option.path !== undefined || option.kind !== "schema");
  return issue.type === "union" && deeper.length > 0
    ? deeper.flatMap(option => flatten(option, path))
    : [{ issue, path }];
}

function report(
  { issue, path }: FlatIssue,
  { schema, value, context }: { schema: v.GenericSchema; value: Value; context: ValidateContext },
): void {
  const { problems, deployment } = context;
  const place = locate(value, path);
  const key = path.length === 0 ? context.what : nameOf(path);
  const parent = path.length > 1 ? nameOf(path.slice(0, -1)) : context.what;
  if (issue.expected === "never") {
    reportUnknownKeys(path.slice(0, -1), { schema, value, context });
  } else if (issue.received === "undefined" && (place.value === undefined || isNull(place.value))) {
    problems.add({
      at: path.length === 1 ? (context.keyAt ?? place.keyAt) : place.keyAt,
      message: `${parent} has no "${key}"`,
      suggestion: `add ${key}: …`,
      deployment,
    });
  } else if (issue.type === "raw_check") {
    problems.add({ at: place.keyAt, message: issue.message, deployment });
  } else if (isKeyIssue(issue)) {
    problems.add({ at: place.keyAt, message: `"${key}": ${issue.message}`, deployment });
  } else {
    const message = `${key}: ${expectation(issue)}, not ${received(issue, place.value)}`;
    problems.add({ at: place.at, message, suggestion: () => choiceHint(issue, place.value), deployment });
  }
}

/** Valibot names only the first of them. */
function reportUnknownKeys(
  path: readonly Key[],
  { schema, value, context }: { schema: v.GenericSchema; value: Value; context: ValidateContext },
): void {
  const { problems, deployment, what, otherKeys = [] } = context;
  const keys = [...keysAt(schema, path), ...(path.length === 0 ? otherKeys : [])];
  const map = locate(value, path).value;
  for (const [key, { keyAt }] of map?.kind === "map" ? map.entries : []) {
    if (keys.includes(key)) continue;
    const message = `unknown key "${key}" in ${path.length === 0 ? what : nameOf(path)}`;
    problems.add({ at: keyAt, message, suggestion: () => unknownKeyHint(key, keys), deployment });
  }
}

/** The last key of a path; an item of a list is named by the list, `instances[0]`. */
function nameOf(path: readonly Key[]): string {
  const last = path.at(-1);
  return typeof last === "number" ? `${nameOf(path.slice(0, -1))}[${last}]` : String(last);
}

/** Where a path leads: the value, and the key or, where it is missing, the nearest thing above. */
function locate(root: Value, path: readonly Key[]): { value: Value | undefined; at: Offset; keyAt: Offset } {
  let value: Value | undefined = root;
  let at = root.at;
  let keyAt = root.at;
  for (const key of path) {
    const entry: { keyAt: Offset; value: Value } | undefined = childOf(value, key);
    value = entry?.value;
    if (entry === undefined) break;
    at = entry.value.at;
    keyAt = entry.keyAt;
  }
  return { value, at, keyAt };
}

function childOf(value: Value | undefined, key: Key): { keyAt: Offset; value: Value } | undefined {
  if (value?.kind === "map") return value.entries.get(String(key));
  const item = value?.kind === "list" ? value.items[Number(key)] : undefined;
  return item === undefined ? undefined : { keyAt: item.at, value: item };
}

function isToldElsewhere(value: Value | undefined): boolean {
  return value?.kind === "scalar" && hasNoValue(value);
}

function isKeyIssue(issue: v.BaseIssue<unknown>): boolean {
  return issue.path?.at(-1)?.origin === "key";
}

function unknownKeyHint(key: string, keys: readonly string[]): string {
  const near = closest(key, keys);
  return near === undefined ? `keys here: ${keys.join(", ")}` : `did you mean "${near}"?`;
}

/** The words of the schema, or for those that have none, the kind of value that was expected. */
function expectation(issue: v.BaseIssue<unknown>): string {
  if (!issue.message.startsWith("Invalid ")) return issue.message;
  const expected = (issue.expected ?? "something else").replaceAll(/[()]/g, "").replaceAll(" | ", ", ");
  const words: Record<string, string> = {
    Object: "keys and values",
    Array: "a list",
    boolean: "true or false",
    string: "text",
  };
  return `expected ${words[expected] ?? expected}`;
}

function received(issue: v.BaseIssue<unknown>, value: Value | undefined): string {
  if (value?.kind === "map") return "keys and values";
  return value?.kind === "list" ? "a list" : (value?.written ?? issue.received);
}

function choiceHint(issue: v.BaseIssue<unknown>, value: Value | undefined): string | undefined {
  if (issue.expected === "string" && typeof issue.input === "number") {
    const written = (value?.kind === "scalar" ? value.written : undefined) ?? issue.input;
    return issue.message === SIZE ? `such as ${written}MB` : `write it in quotes: "${written}"`;
  }
  if (issue.type !== "picklist" || typeof issue.input !== "string") return undefined;
  const choices = [...(issue.expected ?? "").matchAll(/"([^"]*)"/g)].map(([, choice = ""]) => choice);
  const near = closest(issue.input, choices);
  return near === undefined ? undefined : `did you mean ${near}?`;
}
