import { foldNames, splitPatterns } from "../../../base/host-ranges.ts";
import { fingerprint, type PlainMap } from "../plain.ts";
import { choicesOf, follows, idOf, writeChoice, type Choice } from "./choice.ts";
import { mergesCleanly } from "./template.ts";

/** An entry of a mapping whose keys are ranges of names. */
export interface FoldedEntry {
  pattern: string;
  value: PlainMap;
}

interface Member {
  name: string;
  entry: PlainMap;
}

/**
 * Folds hosts into ranges: `cassandra[1-7]: {at: "cloud{n}", vpn: "10.1.{n}.2"}`. Hosts whose names differ in digits alone
 * share one entry with what most of them have; those that differ follow as entries that refine it.
 */
export function foldHosts(hosts: ReadonlyMap<string, PlainMap>): readonly FoldedEntry[] {
  const members = [...hosts].map(([name, entry]) => ({ name, entry }));
  // A key that is a number comes first in an object, whatever was added before it: such a host has one entry only.
  const kinds = Map.groupBy(members, ({ name }) => (/^\d+$/.test(name) ? name : withoutNumbers(name)));
  return [...kinds.values()].flatMap(foldKind);
}

/** Hosts with two numbers in their names, `compute3dc1`, are taken together, or by the one or the other: what is shortest. */
function foldKind(members: readonly Member[]): readonly FoldedEntry[] {
  const ways = [withoutNumbers, withoutFirstNumber, withoutLastNumber].map(key =>
    [...Map.groupBy(members, ({ name }) => key(name)).values()].flatMap(foldGroup),
  );
  return ways.reduce((best, way) => (lengthOf(way) < lengthOf(best) ? way : best));
}

function withoutNumbers(name: string): string {
  return name.replaceAll(/\d+/g, "0");
}

function withoutFirstNumber(name: string): string {
  return name.replace(/\d+/, "0");
}

function withoutLastNumber(name: string): string {
  return name.replace(/\d+(?=\D*$)/, "0");
}

/** How long the entries are when written; each begins a line. */
function lengthOf(entries: readonly FoldedEntry[]): number {
  return entries.reduce((sum, { pattern, value }) => sum + pattern.length + fingerprint(value).length, 0);
}

/** Folds settings that refine others: hosts with the same settings share an entry. */
export function foldSettings(hosts: ReadonlyMap<string, PlainMap>): readonly FoldedEntry[] {
  const members = [...hosts].filter(([, entry]) => Object.keys(entry).length > 0);
  const groups = Map.groupBy(members, ([, entry]) => fingerprint(entry));
  return [...groups.values()].flatMap(group => {
    const value = group[0]?.[1] ?? {};
    return splitPatterns(foldNames(group.map(([name]) => name))).map(pattern => ({ pattern, value }));
  });
}

function foldGroup(members: readonly Member[]): readonly FoldedEntry[] {
  const keys = [...new Set(members.flatMap(({ entry }) => Object.keys(entry)))];
  const shared = new Map<string, Choice>();
  for (const key of keys) {
    const choice = sharedChoice(key, members);
    if (choice !== undefined) shared.set(key, choice);
  }
  const base = render(
    members.map(({ name }) => name),
    shared,
  );
  return [...base, ...refinements(members, { keys, shared })];
}

/** What at least half have, when all have something and nothing is left behind where one refines it. */
function sharedChoice(key: string, members: readonly Member[]): Choice | undefined {
  const values = members.flatMap(({ entry }) => (entry[key] === undefined ? [] : [entry[key]]));
  if (values.length < members.length) return undefined;
  const choice = mostVoted(key, members);
  if (choice === undefined || (members.length > 1 && isOwnAddress(key, choice))) return undefined;
  const fitting = members.filter(member => fits(choice, key, member)).length;
  const refinable = fitting * 2 >= members.length && mergesCleanly(values);
  return fitting === members.length || refinable ? choice : undefined;
}

/** Said of several hosts it would look as if they shared it. */
function isOwnAddress(key: string, choice: Choice): boolean {
  return (key === "vpn" || key === "public") && !follows(choice);
}

function mostVoted(key: string, members: readonly Member[]): Choice | undefined {
  const votes = new Map<string, { choice: Choice; count: number }>();
  for (const { name, entry } of members) {
    for (const choice of choicesOf(key, entry[key], name)) {
      const id = idOf(choice);
      const known = votes.get(id);
      if (known === undefined) votes.set(id, { choice, count: 1 });
      else known.count += 1;
    }
  }
  let best: { choice: Choice; count: number } | undefined;
  for (const vote of votes.values()) if (best === undefined || vote.count > best.count) best = vote;
  return best?.choice;
}

function fits(choice: Choice, key: string, { name, entry }: Member): boolean {
  const id = idOf(choice);
  return choicesOf(key, entry[key], name).some(other => idOf(other) === id);
}

interface Shared {
  keys: readonly string[];
  shared: ReadonlyMap<string, Choice>;
}

/** What single hosts have beside or instead of what is shared; keys with the same hosts make one entry. */
function refinements(members: readonly Member[], { keys, shared }: Shared): readonly FoldedEntry[] {
  const entries = new Map<string, { names: readonly string[]; choices: Map<string, Choice> }>();
  for (const key of keys) {
    const common = shared.get(key);
    let left = members.filter(member => {
      return member.entry[key] !== undefined && (common === undefined || !fits(common, key, member));
    });
    while (left.length > 0) {
      const choice = mostVoted(key, left);
      if (choice === undefined) break;
      const own = left.filter(member => fits(choice, key, member));
      left = left.filter(member => !own.includes(member));
      const names = own.map(({ name }) => name);
      const id = names.join(" ");
      const known = entries.get(id) ?? { names, choices: new Map<string, Choice>() };
      known.choices.set(key, choice);
      entries.set(id, known);
    }
  }
  return [...entries.values()].flatMap(({ names, choices }) => render(names, choices));
}

function render(names: readonly string[], choices: ReadonlyMap<string, Choice>): readonly FoldedEntry[] {
  if (choices.size === 0) return [];
  return splitPatterns(foldNames(names)).map(pattern => {
    const entries = [...choices].map(([key, choice]) => [key, writeChoice(choice, pattern)] as const);
    return { pattern, value: Object.fromEntries(entries) };
  });
}
