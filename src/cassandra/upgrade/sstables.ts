import { isAtLeast, seriesOf, type CassandraVersion } from "../version.ts";

/** Files of one format that a node has of a keyspace. */
export interface FormatCount {
  keyspace: string;
  /** `nb`, `oa`, `da`; undefined for a file whose name smc does not know. */
  format: string | undefined;
  files: number;
}

/**
 * The formats of sstables and the line that wrote each first, oldest first: the two letters in the names of their files, as in
 * the classes BigFormat and BtiFormat of the releases. `da` is that of the trie-indexed files of 5.0.
 */
const FORMATS: readonly (readonly [format: RegExp, series: string])[] = [
  [/^i[a-c]$/, "1.2"],
  [/^j[ab]$/, "2.0"],
  [/^k[ab]$/, "2.1"],
  [/^l[ab]$/, "2.2"],
  [/^m[a-f]$/, "3.0"],
  [/^n[a-c]$/, "4.0"],
  [/^(o[a-z]|d[a-z])$/, "5.0"],
];

/** What a release of each major writes at the least once upgradesstables is done: what the next major is sure to read. */
const LEAST_READ: Readonly<Record<number, string>> = { 2: "2.0", 3: "2.1", 4: "3.0", 5: "4.0" };
const NEWEST_READ: Readonly<Record<string, string>> = {
  "1.2": "1.2",
  "2.0": "2.0",
  "2.1": "2.1",
  "2.2": "2.2",
  "3.0": "3.0",
  "3.11": "3.0",
  "4.0": "4.0",
  "4.1": "4.0",
  "5.0": "5.0",
};

const LOOK = String.raw`test -d "$1" || { echo "there is no folder $1" >&2; exit 1; }
find "$1" -mindepth 3 -maxdepth 3 -type f -name '*-Data.db' -printf '%P\n' | awk -F / '{ name = $3; format = "?"
  if (name ~ /^[a-z][a-z]-[^-]+-(big|bti)-Data.db$/) format = substr(name, 1, 2)
  else if (match(name, /-[a-z][a-z]-[0-9]+-Data.db$/)) format = substr(name, RSTART + 1, 2)
  count[$1 "\t" format]++ } END { for (key in count) print key "\t" count[key] }'`;

/** Counts the sstables of a node by keyspace and format, as a script for sh; snapshots and backups are not looked at. */
export function formatsScript(tables: string): readonly string[] {
  return ["sh", "-c", LOOK, "sh", tables];
}

/** Reads what `formatsScript` prints. Gives undefined for text that it does not print. */
export function parseFormats(text: string): FormatCount[] | undefined {
  const counts = text
    .split("\n")
    .filter(line => line !== "")
    .map(line => /^(\w+)\t(\?|[a-z]{2})\t(\d+)$/.exec(line));
  if (counts.includes(null)) return undefined;
  return counts.flatMap(match => {
    const [, keyspace = "", format = "?", files = ""] = match ?? [];
    return [{ keyspace, format: format === "?" ? undefined : format, files: Number(files) }];
  });
}

/** Why a release cannot work with these files, one line a format; empty when it can. */
export function formatProblems(counts: readonly FormatCount[], to: CassandraVersion): string[] {
  return [...Map.groupBy(counts, ({ format }) => format)].flatMap(([format, group]) => {
    const problem = problemOf(format, to);
    if (problem === undefined) return [];
    const files = group.reduce((sum, { files: number }) => sum + number, 0);
    const keyspaces = group.map(({ keyspace }) => keyspace).toSorted();
    return [`${files} ${files === 1 ? "file" : "files"} in ${keyspaces.join(", ")} ${problem}`];
  });
}

/** Succeeds when every sstable of a node is of a format that the release writes by itself; else it names one that is not. */
export function newestOnlyScript(tables: string, release: CassandraVersion): readonly string[] {
  const own = isAtLeast(release, "5.0")
    ? ["o[a-z]-*-big-Data.db", "d[a-z]-*-bti-Data.db"]
    : ["n[a-z]-*-big-Data.db"];
  const script = `test -d "$1" || { echo "there is no folder $1" >&2; exit 1; }
tables=$1; shift
old=$(find "$tables" -mindepth 3 -maxdepth 3 -type f -name '*-Data.db' "$@" -print -quit)
[ -z "$old" ] || { echo "$old is of an older format"; exit 1; }`;
  return ["sh", "-c", script, "sh", tables, ...own.flatMap(name => ["!", "-name", name])];
}

function problemOf(format: string | undefined, to: CassandraVersion): string | undefined {
  const series = seriesOfFormat(format);
  if (series === undefined) return `have ${format ?? "no"} format that smc knows`;
  const least = LEAST_READ[to.major];
  if (least !== undefined && age(series) < age(least))
    return `are of format ${format} (${series}), which is before what ${to.text} is sure to read: run upgradesstables first`;
  const newest = NEWEST_READ[seriesOf(to)];
  if (newest !== undefined && age(series) > age(newest))
    return `are of format ${format} (${series}), which ${to.text} does not read`;
  return undefined;
}

function seriesOfFormat(format: string | undefined): string | undefined {
  if (format === undefined) return undefined;
  return FORMATS.find(([pattern]) => pattern.test(format))?.[1];
}

/** Lines in the order of their age, as a number. */
function age(series: string): number {
  const [major = 0, minor = 0] = series.split(".").map(Number);
  return major * 100 + minor;
}
