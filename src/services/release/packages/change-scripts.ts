import { shellWithDaemons } from "../../../base/shell.ts";
import { fileOf } from "./look.ts";
import type { PackageChange } from "./model.ts";
import { KEPT } from "./places.ts";

/**
 * Nothing asks anything. needrestart, where it is installed, would restart the programs of smc by itself, all at once and without their
 * clients sent away: it is told to leave that. What packages themselves restart, such as sshd or libvirtd, they restart as ever. apt and dpkg are in a session of their own and without the mark by which smc ends what it began: neither a deadline nor an
 * operator who wants to stop now may cut dpkg off in the middle.
 */
const QUIETLY = `export DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1 NEEDRESTART_MODE=l
kept="${KEPT}"
install -d -m 0755 "$kept" || exit 1
apt() { setsid --wait env --unset=SMC_COMMAND apt-get --quiet --yes --no-remove -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "$@"; }`;

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
const MEND = `[ -z "$(dpkg --audit)" ] || setsid --wait env --unset=SMC_COMMAND dpkg --configure -a --force-confold >/dev/null 2>&1 || :`;

/**
 * `$wanted`: NAME=VERSION of all that may change, `$@`: what apt is to install. Nothing else may change by the way: it is in no plan, and
 * nobody has read of it.
 */
const NOTHING_ELSE = `said=$(apt-get -qq --simulate --no-remove install -- "$@") || exit 1
others=$(printf '%s\\n' "$said" | awk '
BEGIN { for (i = 1; i < ARGC; i++) wanted[ARGV[i]] = 1; ARGC = 1 }
/^Inst / { at = index($0, "("); version = substr($0, at + 1); sub(/ .*/, "", version); if (!(($2 "=" version) in wanted)) print $2, version }' $pins)
[ -z "$others" ] || { echo "apt would change these as well by now, which is not in the plan:" "$others" >&2; exit 1; }`;

/**
 * `gather FOLDER FILE=NAME=VERSION…` brings files of packages into a folder, whole, and removes others from there: from apt's cache, or
 * else from a repository. A file has its name only once all of it is there.
 */
const GATHER = `is() {
  [ "$(dpkg-deb --show --showformat='\${Version}' "$1" 2>/dev/null)" = "$2" ] && dpkg-deb --fsys-tarfile "$1" >/dev/null 2>&1
}
gather() {
  install -d -m 0755 "$1/.scratch" && cd "$1" || exit 1
  shift
  eval "$(apt-config shell archives Dir::Cache::archives/d)"
  for word do
    file=\${word%%=*} pin=\${word#*=}
    is "$file" "\${pin#*=}" && continue
    rm -f .scratch/*
    if is "$archives$file" "\${pin#*=}"; then
      cp "$archives$file" .scratch/ || exit 1
    else
      (cd .scratch && apt-get --quiet download "$pin" >/dev/null) || exit 1
      is ".scratch/$file" "\${pin#*=}" || { echo "$pin did not come as $file, whole" >&2; exit 1; }
    fi
    mv ".scratch/$file" "$file" || exit 1
  done
  for file in *.deb; do
    for word do [ "$file" != "\${word%%=*}" ] || continue 2; done
    rm -f -- "$file"
  done
}`;

/** Arguments: pins, `--`, and the same as \`gather\` has them. */
const FETCH = `${QUIETLY}
${LOGGED}
${GATHER}
pins=
while [ "$1" != -- ]; do pins="$pins $1"; shift; done
shift
files="$*"
set -- $pins
${NOTHING_ELSE}
logged apt --download-only install -- "$@" || exit 1
gather "$kept/next" $files`;

/** Only who holds a lock is asked for: what an attempt before this one left in the middle is mended by the next. */
const IDLE = `said=$(apt-get check -qq 2>&1 >/dev/null) && exit 0
case $said in *"Could not get lock"*) printf '%s\\n' "$said"; exit 1 ;; esac`;

/** Arguments: NAME:ARCHITECTURE=VERSION. Succeeds where all are installed and whole; else names those that are not. */
const INSTALLED = `dpkg-query --show --showformat='\${db:Status-Status} \${Package}:\${Architecture}=\${Version}\\n' | awk '
BEGIN { for (i = 1; i < ARGC; i++) wanted["installed " ARGV[i]] = ARGV[i]; ARGC = 1 }
{ delete wanted[$0] }
END { for (word in wanted) { print wanted[word] " is not there"; left = 1 }; exit left }' "$@"`;

/**
 * Arguments: names that nobody asked for, `--`, what is to be seen at the end as INSTALLED has it, `--`, pins, `--`, a folder, and the names of
 * files in it that apt is to install.
 */
const TAKE_LISTS = `automatic= wanted= pins=
while [ "$1" != -- ]; do automatic="$automatic $1"; shift; done
shift
while [ "$1" != -- ]; do wanted="$wanted $1"; shift; done
shift
while [ "$1" != -- ]; do pins="$pins $1"; shift; done
shift
folder=$kept/$1
shift
count=$#
for file do set -- "$@" "$folder/$file"; done
shift $count`;

/** That apt ends well is no proof: dpkg may have been told elsewhere to leave a package as it is, which apt calls a success. */
const SEE_THEM = `[ -z "$automatic" ] || apt-mark auto $automatic >/dev/null || exit 1
set -- $wanted
${INSTALLED}`;

const UPGRADE = `${QUIETLY}
${LOGGED}
${MEND}
${TAKE_LISTS}
${NOTHING_ELSE}
logged apt install -- "$@" || exit 1
${SEE_THEM}`;

/** Arguments: FILE=NAME=VERSION for each package whose version before is to be there. What an earlier release kept is removed. */
const KEEP = `${QUIETLY}
${GATHER}
gather "$kept" "$@"`;

const KEPT_ALREADY = `cd "${KEPT}" 2>/dev/null || exit 1
for word do
  pin=\${word#*=}
  [ "$(dpkg-deb --show --showformat='\${Version}' "\${word%%=*}" 2>/dev/null)" = "\${pin#*=}" ] || exit 1
done`;

/** As UPGRADE, from the files that KEEP has brought. */
const BACK = `${QUIETLY}
${LOGGED}
${MEND}
${TAKE_LISTS}
logged apt --allow-downgrades install -- "$@" || exit 1
${SEE_THEM}`;

/**
 * A script that brings packages beside what runs, once apt says that they alone would change. They lie there whatever repositories offer
 * later.
 */
export function fetchScript(changes: readonly PackageChange[]): string[] {
  const files = changes.map(change => `${fileOf(change, change.to)}=${pinOf(change)}`);
  return shellWithDaemons(FETCH, [...changes.map(pinOf), "--", ...files]);
}

/** Succeeds where nobody else changes packages; apt's words name who does. */
export function idleScript(): string[] {
  return shellWithDaemons(IDLE, []);
}

/** A script that installs exactly these versions. Which packages nobody asked for stays as it is. */
export function upgradeScript(changes: readonly PackageChange[]): string[] {
  return shellWithDaemons(UPGRADE, [
    ...automaticOf(changes),
    "--",
    ...changes.map(change => installedAs(change, change.to)),
    "--",
    ...changes.map(pinOf),
    "--",
    "next",
    ...changes.map(change => fileOf(change, change.to)),
  ]);
}

/** Succeeds where exactly these versions are installed. */
export function upgradedScript(changes: readonly PackageChange[]): string[] {
  return shellWithDaemons(
    INSTALLED,
    changes.map(change => installedAs(change, change.to)),
  );
}

/** A script that brings the versions before into a folder of their own, as far as they can be had. */
export function keepScript(changes: readonly PackageChange[]): string[] {
  return shellWithDaemons(KEEP, returning(changes).map(keptAs));
}

/** Succeeds where `keepScript` has been. */
export function isKeptScript(changes: readonly PackageChange[]): string[] {
  return shellWithDaemons(KEPT_ALREADY, returning(changes).map(keptAs));
}

/** A script that puts the versions before in place again, from the files that `keepScript` brought. */
export function backScript(changes: readonly PackageChange[]): string[] {
  const going = returning(changes);
  return shellWithDaemons(BACK, [
    ...automaticOf(going.map(({ change }) => change)),
    "--",
    ...going.map(({ change, from }) => installedAs(change, from)),
    "--",
    "--",
    ".",
    ...going.map(({ change, from }) => fileOf(change, from)),
  ]);
}

/** Succeeds where the versions before are installed, as far as there is a way back. */
export function isBackScript(changes: readonly PackageChange[]): string[] {
  return shellWithDaemons(
    INSTALLED,
    returning(changes).map(({ change, from }) => installedAs(change, from)),
  );
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

function pinOf({ name, to }: PackageChange): string {
  return `${name}=${to}`;
}

function keptAs({ change, from }: Returning): string {
  return `${fileOf(change, from)}=${change.name}=${from}`;
}

function automaticOf(changes: readonly PackageChange[]): string[] {
  return changes.filter(({ automatic }) => automatic).map(({ name }) => name);
}

function installedAs({ name, architecture }: PackageChange, version: string): string {
  const [plain = ""] = name.split(":");
  return `${plain}:${architecture}=${version}`;
}
