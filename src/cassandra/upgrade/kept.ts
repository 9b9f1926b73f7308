/**
 * What a node keeps of itself between its stop and its start with another release: its configuration and, where the two lines
 * differ, the tables that describe the node and the schema. Files are linked, not copied. It lies beside the tables, so that links are possible.
 */
export interface Kept {
  /** The folder that it is kept in. */
  folder: string;
  config: string;
  tables: string;
  /** Whether the node's own tables are kept too. */
  ownTables: boolean;
}

/**
 * The keyspaces that a release describes itself in, and that an older one cannot open once a newer one has written them: seen,
 * 4.1.10 on what 5.0.6 wrote ("Unknown column compaction_properties").
 */
const OWN_KEYSPACES = ["system", "system_schema"];
/** Of these, what a node promised to others and what clients were told: never put back to an earlier state. */
const PROMISES = ["paxos-*", "batches-*"];

const FILES = "-mindepth 1 -maxdepth 1 -type f";

const KEEP = `set -eu
kept=$1 config=$2 tables=$3; shift 3
rm -rf "$kept.new"
mkdir -p "$kept.new"
cp -a "$config" "$kept.new/config"
for keyspace do
  for folder in "$tables/$keyspace"/*/; do
    name=$(basename "$folder")
    mkdir -p "$kept.new/$keyspace/$name"
    find "$folder" ${FILES} -exec cp -al -t "$kept.new/$keyspace/$name" {} +
  done
done
mv -T "$kept.new" "$kept"`;

/** What is put back is no longer kept; a second attempt finds nothing to do. The last act is one rename. */
const PUT_BACK = `set -eu
kept=$1 config=$2 tables=$3 software=$4 version=$5; shift 5
[ -d "$kept" ] || { echo "nothing was changed"; exit 0; }
for keyspace do
  [ -d "$kept/$keyspace" ] || { echo "$kept has no $keyspace" >&2; exit 1; }
  for folder in "$tables/$keyspace"/*/; do
    name=$(basename "$folder")
    case $name in ${PROMISES.join("|")}) continue ;; esac
    find "$folder" ${FILES} -delete
    [ ! -d "$kept/$keyspace/$name" ] || find "$kept/$keyspace/$name" ${FILES} -exec cp -al -t "$folder" {} +
  done
done
find "$config" -mindepth 1 -delete
cp -a "$kept/config/." "$config"
rm -rf "$software/.current-back"
ln -s "$version" "$software/.current-back"
mv -T "$software/.current-back" "$software/current"
rm -rf "$kept.done"
mv -T "$kept" "$kept.done"
rm -rf "$kept.done"`;

/** Where a node keeps what it was before it went from one release to another; `data` is the folder above its tables. */
export function keptFolder(data: string, from: string, to: string): string {
  return `${data}/before-upgrade-${from}-${to}`;
}

/** Keeps what the stopped node is. */
export function keepScript(kept: Kept): readonly string[] {
  return ["sh", "-c", KEEP, "sh", kept.folder, kept.config, kept.tables, ...keyspacesOf(kept)];
}

/** Makes the stopped node what it was, and lets `current` of its software be that release; nothing where nothing was kept. */
export function putBackScript(kept: Kept, software: { folder: string; version: string }): readonly string[] {
  const words = [kept.folder, kept.config, kept.tables, software.folder, software.version];
  return ["sh", "-c", PUT_BACK, "sh", ...words, ...keyspacesOf(kept)];
}

/** Removes whatever the node keeps of releases before. */
export function forgetScript(data: string): readonly string[] {
  return ["sh", "-c", 'rm -rf "$1"/before-upgrade-*', "sh", data];
}

function keyspacesOf({ ownTables }: Kept): readonly string[] {
  return ownTables ? OWN_KEYSPACES : [];
}
