import { FIRST_BOOT_OPTIONS, IGNORE_REPLAY_ERRORS } from "../first-boot.ts";

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

/** Says in what is kept that putting it back has begun: until that has ended, tables are of two releases. */
const PUTTING_BACK = "putting-back";
/** The tables that there were, `KEYSPACE/TABLE-ID` a line; when it was written is when the node was kept. */
const TABLES = "tables";
/** What the ring was, as it was written in `keepScript`. */
const RING = "ring";

/**
 * Arguments of all scripts below. One of them at a time works on a node: the host goes on with one whose controller died. The last
 * act of putting back is one rename; what was cut off before is done again from the beginning, and nothing of it is lost.
 */
const PRELUDE = `set -eu
kept=$1 config=$2 tables=$3 software=$4 version=$5 ring=$6; shift 6
exec 9<"$tables"
flock 9
rm -rf "$kept.done"
put_back() {
  : > "$kept/${PUTTING_BACK}"
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
  if [ "$#" -gt 0 ]; then
    echo ${IGNORE_REPLAY_ERRORS} > "$config/${FIRST_BOOT_OPTIONS}"
    chown --reference="$config" "$config/${FIRST_BOOT_OPTIONS}"
  fi
  rm -rf "$software/.current-back"
  ln -s "$version" "$software/.current-back"
  mv -T "$software/.current-back" "$software/current"
  mv -T "$kept" "$kept.done"
  rm -rf "$kept.done"
}`;

/** A node whose `current` is still the release that is kept was not switched since: what it is now counts, not what it was then. */
const KEEP = `${PRELUDE}
[ ! -e "$kept/${PUTTING_BACK}" ] || put_back "$@"
if [ -d "$kept" ] && [ "$(readlink "$software/current")" != "$version" ]; then exit 0; fi
rm -rf "$kept" "$kept.new" "$config/${FIRST_BOOT_OPTIONS}"
mkdir -p "$kept.new"
cp -a "$config" "$kept.new/config"
for keyspace do
  for folder in "$tables/$keyspace"/*/; do
    name=$(basename "$folder")
    mkdir -p "$kept.new/$keyspace/$name"
    find "$folder" ${FILES} -exec cp -al -t "$kept.new/$keyspace/$name" {} +
  done
done
printf %s "$ring" > "$kept.new/${RING}"
find "$tables" -mindepth 2 -maxdepth 2 -type d -printf '%P\\n' > "$kept.new/${TABLES}"
mv -T "$kept.new" "$kept"`;

const IS_KEPT = `kept=$1 software=$4 version=$5
[ -d "$kept" ] && [ ! -e "$kept/${PUTTING_BACK}" ] && [ "$(readlink "$software/current")" != "$version" ]`;

/** Nor is there anything to put back on such a node: it may have lived for days with its older release since it was kept. */
const PUT_BACK = `${PRELUDE}
if [ ! -d "$kept" ] || { [ ! -e "$kept/${PUTTING_BACK}" ] && [ "$(readlink "$software/current")" = "$version" ]; }; then
  echo "nothing was changed"
  exit 0
fi
put_back "$@"`;

/** Arguments: the folder above the tables, the release, the folder of the software. What a node was kept as and still is is not listed. */
const LIST = `test -d "$1" || { echo "there is no folder $1" >&2; exit 1; }
for kept in "$1/before-upgrade-$2"-*; do
  case $kept in *.new|*.done) continue ;; esac
  [ -d "$kept" ] || continue
  [ -e "$kept/${PUTTING_BACK}" ] || [ "$(readlink "$3/current")" != "$2" ] || continue
  [ -e "$kept/${TABLES}" ] || { echo "$kept has no list of tables" >&2; exit 1; }
  echo "kept \${kept##*/before-upgrade-$2-} $(stat -c %Y "$kept/${TABLES}")"
  sed 's/^/table /' "$kept/${TABLES}"
  [ ! -e "$kept/${RING}" ] || sed 's/^/ring /' "$kept/${RING}"
done`;

/** Where a node keeps what it was before it went from one release to another; `data` is the folder above its tables. */
export function keptFolder(data: string, from: string, to: string): string {
  return `${data}/before-upgrade-${from}-${to}`;
}

/** The software of a node: the folder that has the releases and `current`, and the release that the node is kept as. */
export interface KeptSoftware {
  folder: string;
  version: string;
}

/** Keeps what the stopped node is, once what was being put back is back; what was kept since it was switched stays. `ring`: lines that say what it was in. */
export function keepScript(kept: Kept, software: KeptSoftware, ring: readonly string[]): readonly string[] {
  return script(KEEP, kept, { ...software, ring });
}

/** Succeeds when the node is kept as it was before its switch, and nothing of that is being put back. */
export function isKeptScript(kept: Kept, software: KeptSoftware): readonly string[] {
  return script(IS_KEPT, kept, software);
}

/** Makes the stopped node what it was, and lets `current` of its software be that release; nothing where nothing was kept. */
export function putBackScript(kept: Kept, software: KeptSoftware): readonly string[] {
  return script(PUT_BACK, kept, software);
}

/** Lets the next starts of a node that was put back and has answered be as usual. */
export function usualStartScript({ config }: Kept): readonly string[] {
  return ["rm", "-f", `${config}/${FIRST_BOOT_OPTIONS}`];
}

/** Succeeds when that is so. */
export function isUsualStartScript({ config }: Kept): readonly string[] {
  return ["test", "!", "-e", `${config}/${FIRST_BOOT_OPTIONS}`];
}

/** Succeeds unless the node was being put back and that came to no end: tables of two releases are mixed then. */
export function wholeScript(data: string): readonly string[] {
  const text = `for kept in "$1"/before-upgrade-*; do
  case $kept in *.new|*.done) continue ;; esac
  [ ! -e "$kept/${PUTTING_BACK}" ] || { echo "the node was being put back to its release before, which came to no end ($kept): smc resume, or smc upgrade cassandra --rollback, goes on"; exit 1; }
done`;
  return ["sh", "-c", text, "sh", data];
}

/** Lists what a node keeps of a release that it went away from, which `parseKept` reads. */
export function listKeptScript(data: string, { folder, version }: KeptSoftware): readonly string[] {
  return ["sh", "-c", LIST, "sh", data, version, folder];
}

/** What a node keeps of a release that it went away from. */
export interface KeptRelease {
  /** The release that it went to. */
  to: string;
  /** When it was stopped for that. Seconds since the epoch. */
  at: number;
  /** The tables of then, dropped ones among them: `KEYSPACE/TABLE-ID`, the id without its hyphens. */
  tables: readonly string[];
  /** What the ring was then, a line each; none where that was not written. */
  ring: readonly string[];
}

/** Reads what `listKeptScript` prints. Gives undefined for text that it does not print. */
export function parseKept(said: string): KeptRelease[] | undefined {
  const kept: { to: string; at: number; tables: string[]; ring: string[] }[] = [];
  for (const line of said.split("\n").filter(part => part !== "")) {
    const [, to, at] = /^kept (\S+) (\d+)$/.exec(line) ?? [];
    const [, what, text] = /^(table|ring) (.+)$/.exec(line) ?? [];
    if (to !== undefined) kept.push({ to, at: Number(at), tables: [], ring: [] });
    else if (text === undefined || kept.length === 0) return undefined;
    else kept.at(-1)?.[what === "ring" ? "ring" : "tables"].push(text);
  }
  return kept;
}

/** Removes whatever the node keeps of releases before. */
export function forgetScript(data: string): readonly string[] {
  return ["sh", "-c", 'rm -rf "$1"/before-upgrade-*', "sh", data];
}

/** Succeeds when the node keeps nothing of releases before. */
export function forgottenScript(data: string): readonly string[] {
  return ["sh", "-c", 'set -- "$1"/before-upgrade-*; [ ! -e "$1" ]', "sh", data];
}

function script(
  text: string,
  kept: Kept,
  { folder, version, ring = [] }: KeptSoftware & { ring?: readonly string[] },
): readonly string[] {
  const lines = ring.map(line => `${line}\n`).join("");
  const words = [kept.folder, kept.config, kept.tables, folder, version, lines];
  return ["sh", "-c", text, "sh", ...words, ...keyspacesOf(kept)];
}

function keyspacesOf({ ownTables }: Kept): readonly string[] {
  return ownTables ? OWN_KEYSPACES : [];
}
