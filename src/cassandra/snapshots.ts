import { OperatorError } from "../base/operator-error.ts";
import type { Bytes } from "../base/units.ts";

/** What a node keeps of one table in one snapshot. */
export interface TableSnapshot {
  snapshot: string;
  keyspace: string;
  table: string;
  files: number;
  /** What the files hold; as long as the table has them too, they take no room of their own. */
  size: Bytes;
  /** When its list of files was written; seconds since the epoch. */
  takenAt: number;
}

/** What to do on a node, as a script for sh and its arguments. The first argument is the folder of the tables. */
export type SnapshotScript = readonly string[];

/** A name that is a folder and no option, and that no shell or pattern reads in another way. */
const NAME = /^[A-Za-z0-9][\w.-]{0,126}$/;
const FIELDS = 5;

/** Throws an OperatorError (exit 2) for a name that cannot be that of a folder. */
export function requireSnapshotName(name: string): void {
  if (NAME.test(name)) return;
  throw new OperatorError(`"${name}" is no name for a snapshot`, {
    code: "USAGE",
    hint: "letters, digits, - _ and . are, beginning with a letter or digit: before-upgrade",
  });
}

/** Lists every snapshot of a node by its files, one line a table: files, bytes, newest change, snapshot, KEYSPACE/TABLE-ID. */
export function listScript(tables: string): SnapshotScript {
  const find = String.raw`find "$1" -mindepth 5 -path "$1/*/*/snapshots/*/*" -type f -printf '%s\t%T@\t%P\n'`;
  const sum = String.raw`{ split($3, part, "/"); key = part[4] "\t" part[1] "/" part[2]; files[key]++; size[key] += $1;
    if ($2 > newest[key]) newest[key] = $2 }
    END { for (key in files) printf "%d\t%.0f\t%.0f\t%s\n", files[key], size[key], newest[key], key }`;
  return [
    "sh",
    "-c",
    `test -d "$1" || { echo "there is no folder $1" >&2; exit 1; }\n${find} | awk -F '\\t' '${sum}'`,
    "sh",
    tables,
  ];
}

/** Reads what `listScript` prints. Throws an OperatorError with the first line that is not such a line. */
export function parseSnapshots(text: string): TableSnapshot[] {
  const lines = text.split("\n").filter(line => line !== "");
  return lines.map(line => {
    const fields = line.split("\t");
    const [files = "", size = "", takenAt = "", snapshot = "", place = ""] = fields;
    const table = /^(\w+)\/(\w+)-[0-9a-f]{32}$/.exec(place);
    const numbers = [files, size, takenAt].every(number => /^\d+$/.test(number));
    if (fields.length !== FIELDS || table === null || !numbers || snapshot === "") throw unreadable(line);
    const [, keyspace = "", name = ""] = table;
    const counted = { files: Number(files), size: Number(size), takenAt: Number(takenAt) };
    return { snapshot, keyspace, table: name, ...counted };
  });
}

/** Succeeds when a snapshot has a list of files for some table; of each of these keyspaces, where some are named. */
export function presentScript(tables: string, name: string, keyspaces: readonly string[]): SnapshotScript {
  const each =
    'set -- "$tables"/$keyspace/*/snapshots/"$name"/manifest.json; test -s "$1" || missing="$missing $keyspace"';
  const script = `tables=$1 name=$2 missing=; shift 2
for keyspace do ${each}; done
test -z "$missing" || { echo "nothing of $name in:$missing"; exit 1; }`;
  return ["sh", "-c", script, "sh", tables, name, ...(keyspaces.length === 0 ? ["*"] : keyspaces)];
}

/** Of a disk that is full Cassandra says no more than "Unable to create directory", so that is shown with a failure. */
const TAKE = 'take() { "$@" || { code=$?; df -hP "$tables" >&2; exit "$code"; }; }';

/** Takes a snapshot by nodetool, called as `tool`, with these words. */
export function takeScript(
  tables: string,
  tool: readonly string[],
  words: readonly string[],
): SnapshotScript {
  return ["sh", "-c", `tables=$1; shift; ${TAKE}; take "$@"`, "sh", tables, ...tool, "snapshot", ...words];
}

/** Takes a snapshot of everything; what an earlier attempt left under that name may be a part of it, and is removed first. */
export function takeAnewScript(tables: string, name: string, tool: readonly string[]): SnapshotScript {
  const script = `tables=$1 name=$2; shift 2; ${TAKE}
for part in "$tables"/*/*/snapshots/"$name"; do
  [ -e "$part" ] || continue
  "$@" clearsnapshot -t "$name" || exit 1
  break
done
take "$@" snapshot -t "$name"`;
  return ["sh", "-c", script, "sh", tables, name, ...tool];
}

/** Succeeds when no table has anything of a snapshot. */
export function absentScript(tables: string, name: string): SnapshotScript {
  const script = 'set -- "$1"/*/*/snapshots/"$2"; test ! -e "$1" || { echo "$1 is there"; exit 1; }';
  return ["sh", "-c", script, "sh", tables, name];
}

/** A table of a node in a snapshot. */
export interface TableInSnapshot {
  tables: string;
  keyspace: string;
  table: string;
  name: string;
}

/** Finds the one folder of a table that has a snapshot: one that was dropped and made anew has another, and which is meant nobody can tell. */
const FIND_FOLDER = `tables=$1 keyspace=$2 table=$3 name=$4; shift 4; found=
for folder in "$tables/$keyspace/$table"-*/snapshots/"$name"; do
  test -s "$folder/manifest.json" || continue
  test -z "$found" || { echo "two tables $keyspace.$table were in $name: $found $folder" >&2; exit 1; }
  found=$folder
done
test -n "$found" || { echo "$name has nothing of $keyspace.$table" >&2; exit 1; }`;

/** Succeeds when a node has the table in the snapshot, once. */
export function tablePresentScript(place: TableInSnapshot): SnapshotScript {
  return ["sh", "-c", FIND_FOLDER, "sh", ...words(place)];
}

/** Copies what a snapshot has of a table into the table, by `nodetool import` (Cassandra 4.1 and later). */
export function importScript(place: TableInSnapshot, nodetool: readonly string[]): SnapshotScript {
  const script = `${FIND_FOLDER}\nexec "$@" import --copy-data -- "$keyspace" "$table" "$found"`;
  return ["sh", "-c", script, "sh", ...words(place), ...nodetool];
}

/** Succeeds when the table has files again, if the snapshot has some: compaction may have made fewer of them at once. */
export function importedScript(place: TableInSnapshot): SnapshotScript {
  const script = `${FIND_FOLDER}
set -- "$found"/*-Data.db; test -e "$1" || exit 0
set -- "$found"/../../*-Data.db; test -e "$1" || { echo "$keyspace.$table has no files" >&2; exit 1; }`;
  return ["sh", "-c", script, "sh", ...words(place)];
}

function words({ tables, keyspace, table, name }: TableInSnapshot): readonly string[] {
  return [tables, keyspace, table, name];
}

function unreadable(line: string): OperatorError {
  return new OperatorError("the list of snapshots is not as smc knows it", {
    code: "SNAPSHOT_LIST",
    details: [line],
  });
}
