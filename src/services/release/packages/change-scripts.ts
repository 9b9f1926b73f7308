import { COMMAND_VARIABLE, shellWithDaemons } from "../../../base/shell.ts";
import { fileOf } from "./look.ts";
import type { PackageChange } from "./model.ts";
import { BROUGHT, KEPT } from "./places.ts";

/** Held by a script of these as long as it works, so that none comes between another that a lost connection left to itself. */
const LOCK = `${KEPT}/lock`;

/**
 * Arguments: a script and its words. dpkg is not to be killed in the middle: the script comes to its end whatever becomes of the command
 * that began it, cancelled, past its deadline or with its connection lost. It has a session of its own, which neither the signal of GNU
 * timeout nor that of a terminal reaches, and not the mark by which what is left of a command is found and killed. `--fork`: this shell
 * may itself become setsid(1), whose number GNU timeout knows. `--close`: a daemon that a package starts holds no lock for ever.
 */
const TO_ITS_END = `script=$1
shift
unset ${COMMAND_VARIABLE}
install -d -m 0755 "${KEPT}" || exit 1
setsid --fork --wait flock --close "${LOCK}" sh -c "$script" sh "$@"`;

/** The same for what may be killed at any time. */
const ALONE = `script=$1
shift
install -d -m 0755 "${KEPT}" || exit 1
flock --close "${LOCK}" sh -c "$script" sh "$@"`;

/**
 * Nothing asks anything. needrestart, where it is installed, would restart the programs of smc by itself, all at once and without their
 * clients sent away: it is told to leave that. What packages themselves restart, such as sshd or libvirtd, they restart as ever. apt and dpkg are in a session of their own and without the mark by which smc ends what it began: neither a deadline nor an
 * operator who wants to stop now may cut dpkg off in the middle.
 */
const QUIETLY = `export DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1 NEEDRESTART_MODE=l
kept="${KEPT}" brought="${BROUGHT}"
apt() { apt-get --quiet --yes --no-remove -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "$@"; }`;

/**
 * Runs a command whose output is kept on the host: where the connection is lost, apt goes on to its end instead of dying in the middle
 * because nobody reads it.
 */
const LOGGED = `logged() {
  "$@" >"$kept/apt.log" 2>&1 </dev/null && return
  code=$?
  tail -n 40 "$kept/apt.log" >&2
  return $code
}`;

/** Ends what an attempt before this one left in the middle; what was never well is told by apt, which comes next. */
const MEND = `[ -z "$(dpkg --audit)" ] || dpkg --configure -a --force-confold >/dev/null 2>&1 || :`;

/**
 * `$pins`: NAME=VERSION, spaces between; `$@`: what apt is asked for. Nothing else may change by the way: it is in no plan, and nobody has
 * read of it.
 */
const NOTHING_ELSE = `said=$(apt-get -qq --simulate --no-remove install -- "$@") || exit 1
others=$(printf '%s\\n' "$said" | awk '
BEGIN { for (i = 1; i < ARGC; i++) wanted[ARGV[i]] = 1; ARGC = 1 }
/^Inst / { at = index($0, "("); version = substr($0, at + 1); sub(/ .*/, "", version); if (!(($2 "=" version) in wanted)) print $2, version }' $pins)
[ -z "$others" ] || { echo "apt would change these as well by now, which is not in the plan:" "$others" >&2; exit 1; }`;

/**
 * Arguments: FILE=NAME=VERSION, `folder`: where they are to be. What else is there is removed. A file that lies on the host is taken; a
 * file gets its name only once it was read to its end.
 */
const GATHER = `eval "$(apt-config shell archives Dir::Cache::archives/d)"
is() { [ "$(dpkg-deb --show --showformat='\${Version}' "$1" 2>/dev/null)" = "$2" ] && dpkg-deb --fsys-tarfile "$1" >/dev/null 2>&1; }
rm -rf "$folder/part"
install -d -m 0755 "$folder" "$folder/part" && cd "$folder/part" || exit 1
missing=
for word do
  file=\${word%%=*} pin=\${word#*=}
  is "$folder/$file" "\${pin#*=}" && continue
  rm -f -- "$folder/$file"
  for there in "$kept/$file" "$brought/$file" "$archives$file"; do
    cp "$there" "$file" 2>/dev/null && is "$file" "\${pin#*=}" && break
    rm -f -- "$file"
  done
  [ -e "$file" ] || missing="$missing $pin"
done
[ -z "$missing" ] || apt-get --quiet download $missing >/dev/null || exit 1
for word do
  file=\${word%%=*} pin=\${word#*=}
  [ ! -e "$folder/$file" ] || continue
  is "$file" "\${pin#*=}" || { echo "$pin came as another file than $file, or not whole" >&2; exit 1; }
  mv "$file" "$folder/$file" || exit 1
done
cd "$folder" || exit 1
rm -rf part
for file in *.deb; do
  for word do [ "$file" != "\${word%%=*}" ] || continue 2; done
  rm -f -- "$file"
done`;

/** Arguments: FILE=NAME=VERSION. */
const FETCH = `${QUIETLY}
folder=$brought pins=
for word do pins="$pins \${word#*=}"; done
(set -- $pins
${NOTHING_ELSE}) || exit 1
${GATHER}`;

/** Arguments: FILE=NAME=VERSION. `folder`: where they are to be. Files have their names only when they are there whole. */
const ALL_THERE = `for word do
  pin=\${word#*=}
  said=$(dpkg-deb --show --showformat='\${Version}' "$folder/\${word%%=*}" 2>/dev/null)
  [ "$said" = "\${pin#*=}" ] || { echo "$folder/\${word%%=*} is not there"; exit 1; }
done`;

/** Only who holds a lock is asked for, of apt or of the scripts here: what an attempt before this one left in the middle is mended by the next. */
const IDLE = `if [ -e "${LOCK}" ] && ! flock --nonblock "${LOCK}" true; then
  echo "what smc itself began there has not come to its end"
  exit 1
fi
said=$(apt-get check -qq 2>&1 >/dev/null) && exit 0
case $said in *"Could not get lock"*) printf '%s\\n' "$said"; exit 1 ;; esac`;

/** Arguments: NAME:ARCHITECTURE=VERSION. Succeeds where all are installed and whole; else names those that are not. */
const INSTALLED = `dpkg-query --show --showformat='\${db:Status-Status} \${Package}:\${Architecture}=\${Version}\\n' | awk '
BEGIN { for (i = 1; i < ARGC; i++) wanted["installed " ARGV[i]] = ARGV[i]; ARGC = 1 }
{ delete wanted[$0] }
END { for (word in wanted) { print wanted[word] " is not there"; left = 1 }; exit left }' "$@"`;

/** Arguments: names that nobody asked for, `--`, what is to be seen at the end as INSTALLED has it, `--`, and FILE=NAME=VERSION to be installed. */
const TAKE_LISTS = `automatic= wanted= pins=
while [ "$1" != -- ]; do automatic="$automatic $1"; shift; done
shift
while [ "$1" != -- ]; do wanted="$wanted $1"; shift; done
shift
count=$#
for word do pins="$pins \${word#*=}"; set -- "$@" "$folder/\${word%%=*}"; done
shift $count`;

/** That apt ends well is no proof: dpkg may have been told elsewhere to leave a package as it is, which apt calls a success. */
const SEE_THEM = `[ -z "$automatic" ] || apt-mark auto $automatic >/dev/null || exit 1
set -- $wanted
${INSTALLED}`;

/** From files: lists of packages may have moved on since these were brought. */
const UPGRADE = `${QUIETLY}
${LOGGED}
${MEND}
folder=$brought
${TAKE_LISTS}
${NOTHING_ELSE}
logged apt install -- "$@" || exit 1
${SEE_THEM}`;

/** Arguments: FILE=NAME=VERSION for each package whose version before is to be there. */
const KEEP = `${QUIETLY}
folder=$kept
${GATHER}`;

/** As UPGRADE, of files that KEEP has brought. */
const BACK = `${QUIETLY}
${LOGGED}
${MEND}
folder=$kept
${TAKE_LISTS}
logged apt --allow-downgrades install -- "$@" || exit 1
${SEE_THEM}`;

/** A script that brings packages beside what runs, once apt says that they alone would change. */
export function fetchScript(changes: readonly PackageChange[]): string[] {
  return shellWithDaemons(ALONE, [FETCH, ...changes.map(broughtAs)]);
}

/** Succeeds where `fetchScript` has been. */
export function fetchedScript(changes: readonly PackageChange[]): string[] {
  return shellWithDaemons(`folder="${BROUGHT}"\n${ALL_THERE}`, changes.map(broughtAs));
}

/** Succeeds where nobody else changes packages; apt's words name who does. */
export function idleScript(): string[] {
  return shellWithDaemons(IDLE, []);
}

/** A script that installs exactly these versions, which were brought. Which packages nobody asked for stays as it is. */
export function upgradeScript(changes: readonly PackageChange[]): string[] {
  const wanted = changes.map(upgradedAs);
  const words = [...automaticOf(changes), "--", ...wanted, "--", ...changes.map(broughtAs)];
  return shellWithDaemons(TO_ITS_END, [UPGRADE, ...words]);
}

/** Succeeds where exactly these versions are installed. */
export function upgradedScript(changes: readonly PackageChange[]): string[] {
  return shellWithDaemons(INSTALLED, changes.map(upgradedAs));
}

/** A script that brings the versions before into a folder of their own, as far as they can be had. */
export function keepScript(changes: readonly PackageChange[]): string[] {
  return shellWithDaemons(ALONE, [KEEP, ...returning(changes).map(keptAs)]);
}

/** Succeeds where `keepScript` has been. */
export function isKeptScript(changes: readonly PackageChange[]): string[] {
  return shellWithDaemons(`folder="${KEPT}"\n${ALL_THERE}`, returning(changes).map(keptAs));
}

/** A script that puts the versions before in place again, from the files that `keepScript` brought. */
export function backScript(changes: readonly PackageChange[]): string[] {
  const going = returning(changes);
  const automatic = automaticOf(going.map(({ change }) => change));
  const words = [...automatic, "--", ...going.map(backAs), "--", ...going.map(keptAs)];
  return shellWithDaemons(TO_ITS_END, [BACK, ...words]);
}

/** Succeeds where the versions before are installed, as far as there is a way back. */
export function isBackScript(changes: readonly PackageChange[]): string[] {
  return shellWithDaemons(INSTALLED, returning(changes).map(backAs));
}

/** Whether anything of these can be put back. */
export function hasWayBack(changes: readonly PackageChange[]): boolean {
  return returning(changes).length > 0;
}

interface Returning {
  change: PackageChange;
  from: string;
}

function returning(changes: readonly PackageChange[]): Returning[] {
  return changes.flatMap(change =>
    change.from === undefined || change.before === undefined ? [] : [{ change, from: change.from }],
  );
}

function broughtAs(change: PackageChange): string {
  return `${fileOf(change, change.to)}=${change.name}=${change.to}`;
}

function keptAs({ change, from }: Returning): string {
  return `${fileOf(before(change), from)}=${change.name}=${from}`;
}

function upgradedAs(change: PackageChange): string {
  return installedAs(change, change.to);
}

function backAs({ change, from }: Returning): string {
  return installedAs(before(change), from);
}

/** A package may go from one architecture to all of them, or back. */
function before({ name, architecture, was }: PackageChange): Pick<PackageChange, "name" | "architecture"> {
  return { name, architecture: was ?? architecture };
}

function automaticOf(changes: readonly PackageChange[]): string[] {
  return changes.filter(({ automatic }) => automatic).map(({ name }) => name);
}

function installedAs(
  { name, architecture }: Pick<PackageChange, "name" | "architecture">,
  version: string,
): string {
  const [plain = ""] = name.split(":");
  return `${plain}:${architecture}=${version}`;
}
