import { parse } from "yaml";

/** A key of cassandra.yaml that is not the same before and after; undefined where it is not there. */
export interface YamlChange {
  key: string;
  before: string | undefined;
  after: string | undefined;
}

/** The keys of cassandra.yaml that differ, in the order of the alphabet. */
export function yamlChanges(before: string, after: string): YamlChange[] {
  const [old, fresh] = [entriesOf(before), entriesOf(after)];
  const keys = [...new Set([...old.keys(), ...fresh.keys()])].toSorted();
  return keys
    .map(key => ({ key, before: old.get(key), after: fresh.get(key) }))
    .filter(change => change.before !== change.after);
}

function entriesOf(text: string): ReadonlyMap<string, string> {
  const value: unknown = parse(text);
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return new Map(entries.map(([key, inner]) => [key, JSON.stringify(inner)]));
}
