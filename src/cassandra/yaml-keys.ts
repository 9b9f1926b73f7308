import { closest } from "../base/suggest.ts";
import table from "./yaml-keys.json" with { type: "json" };
import { isAtLeast, seriesOf, type CassandraVersion } from "./version.ts";

/** Why a release does not take a key in its cassandra.yaml. */
export type KeyRefusal =
  | { kind: "unknown"; suggestion: string | undefined }
  /** `last` is the last series that took it. */
  | { kind: "removed"; last: string }
  /** `first` is the first series that takes it. */
  | { kind: "too-new"; first: string };

interface KeySpan {
  first: string;
  last: string;
}

const SPANS: ReadonlyMap<string, string> = new Map(Object.entries(table.keys));
const NEWEST_SERIES = table.series.at(-1) ?? "";

/**
 * Whether a release takes a key of cassandra.yaml. Gives undefined when it does; a node refuses to start otherwise
 * ("Invalid yaml. Please remove properties …"). The names are the public fields of Cassandra's own `Config` class and
 * the old names that it still converts, read from the released jars by script/list-cassandra-keys.ts.
 * A release that is newer than the table is taken for the newest in it.
 */
export function refusalOfKey(key: string, version: CassandraVersion): KeyRefusal | undefined {
  const span = spanOf(key);
  if (span === undefined) return { kind: "unknown", suggestion: similarKey(key, version) };
  if (!isAtLeast(version, span.first)) return { kind: "too-new", first: span.first };
  const endsBefore = span.last !== NEWEST_SERIES && isAtLeast(version, span.last);
  if (endsBefore && seriesOf(version) !== span.last) return { kind: "removed", last: span.last };
  return undefined;
}

/** One line for people: what is wrong with the key and what to do about it. */
export function explainRefusal(key: string, refusal: KeyRefusal, version: CassandraVersion): string {
  const release = `Cassandra ${version.text}`;
  switch (refusal.kind) {
    case "removed":
      return `${key} was removed after Cassandra ${refusal.last}, and ${release} does not start with it`;
    case "too-new":
      return `${key} came with Cassandra ${refusal.first}, and ${release} does not start with it`;
    case "unknown": {
      const advice = refusal.suggestion === undefined ? "" : `; did you mean ${refusal.suggestion}?`;
      return `${release} has no setting ${key}${advice}`;
    }
  }
}

function spanOf(key: string): KeySpan | undefined {
  const match = /^([\d.]+)\.\.([\d.]+)/.exec(SPANS.get(key) ?? "");
  return match?.[1] === undefined || match[2] === undefined ? undefined : { first: match[1], last: match[2] };
}

function similarKey(key: string, version: CassandraVersion): string | undefined {
  return closest(
    key,
    [...SPANS.keys()].filter(name => refusalOfKey(name, version) === undefined),
  );
}
