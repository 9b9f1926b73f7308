import { shellWithDaemons } from "../../../base/shell.ts";
import type { Milliseconds } from "../../../base/units.ts";
import type { PackageChange } from "./model.ts";
import { BROUGHT, KEPT } from "./places.ts";

/**
 * Runs a command of apt until nobody else has the lock that it wants, and gives up with apt's words, which name who has it. `$end`: until
 * when, in seconds since 1970. How the command ends otherwise is left to `$code`, and what it said to `$said`.
 */
const UNLOCKED = `unlocked() {
  while :; do
    code=0
    said=$(apt-get -qq "$@" 2>&1) || code=$?
    case $said in *"Could not get lock"*) ;; *) return ;; esac
    [ "$(date +%s)" -lt "$end" ] || { printf '%s\\n' "$said" >&2; exit 1; }
    sleep 1
  done
}`;

/** In a container the kernel is that of the machine beneath. */
const REBOOT = `[ ! -e /run/reboot-required ] || echo required
echo "running $(uname -r)"
if ! systemd-detect-virt --quiet --container 2>/dev/null; then
  newest=$(ls /boot 2>/dev/null | sed -n 's/^vmlinuz-//p' | sort -V | tail -n 1)
  [ -z "$newest" ] || echo "newest $newest"
fi`;

/**
 * Arguments: `refresh` or `as-is`, and for how many seconds somebody else who changes packages is waited for: in the middle of his work
 * packages are neither what they were nor what they will be. apt calls a repository that did not answer a success unless it is told otherwise.
 */
const LOOK = `command -v apt-get >/dev/null || { echo "there is no apt-get: only Debian and Ubuntu have packages that smc knows" >&2; exit 1; }
end=$(($(date +%s) + $2))
${UNLOCKED}
unlocked check
if [ "$1" = refresh ]; then
  unlocked -o APT::Update::Error-Mode=any update
  [ $code -eq 0 ] || { printf '%s\\n' "$said" >&2; exit 1; }
fi
echo "== system"
(. /etc/os-release && echo "$ID $VERSION_CODENAME $(dpkg --print-architecture)")
echo "== held"
apt-mark showhold
echo "== unfinished"
dpkg --audit
echo "== reboot"
${REBOOT}
echo "== end"`;

/** A script that looks at the packages of a host, its lists refreshed before where that is wished; `patience` is for who changes them now. */
export function lookScript({ refresh, patience }: { refresh: boolean; patience: Milliseconds }): string[] {
  return shellWithDaemons(LOOK, [refresh ? "refresh" : "as-is", String(Math.round(patience / 1000))]);
}

/** Says `required`, `running KERNEL` and `newest KERNEL`. */
export function rebootScript(): string[] {
  return shellWithDaemons(`echo "== reboot"\n${REBOOT}\necho "== end"`, []);
}

/** All packages that are installed: `openssl amd64 3.0.17-1`, and which of them are held. */
const INSTALLED = `echo "== system"
(. /etc/os-release && echo "$ID $VERSION_CODENAME $(dpkg --print-architecture)")
echo "== held"
apt-mark showhold
echo "== installed"
dpkg-query --show --showformat='\${db:Status-Status} \${Package} \${Architecture} \${Version}\\n' | sed -n 's/^installed //p'
echo "== end"`;

/** A script that lists what is installed. */
export function installedScript(): string[] {
  return shellWithDaemons(INSTALLED, []);
}

/**
 * What apt would do, and what must be known of it: which versions repositories offer, which packages came without being asked for, of
 * which architecture those that are there are, and which files of packages lie there. `$@`: the words for apt-get; none: it has nothing to do.
 */
const SIMULATED = `echo "== simulation"
if [ $# -eq 0 ]; then
  said="0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded."
else
  said=$(apt-get -c /dev/stdin --simulate --quiet "$@" <<'CONFIGURATION'
#clear AptCli::Hooks;
CONFIGURATION
  ) || exit 1
fi
printf '%s\\n' "$said"
set -- $(printf '%s\\n' "$said" | sed -n 's/^Inst \\([^ ]*\\) .*/\\1/p')
echo "== offered"
[ $# -eq 0 ] || apt-cache madison "$@" | sed -n 's/ *| */ /g; s/^ *//; / Packages$/p'
echo "== automatic"
[ $# -eq 0 ] || apt-mark showauto "$@"
echo "== there"
[ $# -eq 0 ] || dpkg-query --show --showformat='\${db:Status-Status} \${Package} \${Architecture}\n' "$@" 2>/dev/null | awk -v native="$(dpkg --print-architecture)" '
$1 == "installed" { print (($3 == native || $3 == "all") ? $2 : $2 ":" $3), $3 }'
echo "== files"
eval "$(apt-config shell archives Dir::Cache::archives/d)"
for name do
  for file in "${KEPT}/\${name%%:*}"_*.deb "${BROUGHT}/\${name%%:*}"_*.deb "$archives\${name%%:*}"_*.deb; do
    [ ! -f "$file" ] || echo "\${file##*/}"
  done
done
echo "== end"`;

const NOTHING_SAID = `echo "== newer"
echo "== missing"
echo "== absent"`;

const ALL = `${NOTHING_SAID}
set -- --with-new-pkgs upgrade
${SIMULATED}`;

/** Arguments: names. Those that are not there are named, and those that are held left alone. */
const ONLY = `${NOTHING_SAID}
held=$(apt-mark showhold)
count=$#
for name do
  dpkg-query --show --showformat='\${db:Status-Status}\\n' "$name" 2>/dev/null | grep -qx installed || { echo "$name"; continue; }
  printf '%s\\n' "$held" | grep -qxF -e "$name" && continue
  set -- "$@" "$name"
done
shift $count
[ $# -eq 0 ] || set -- --only-upgrade install -- "$@"
${SIMULATED}`;

/** Arguments: NAME=VERSION. Prints name, version there and version wanted of those that are there in another version. */
const DIFFERING = `dpkg-query --show --showformat='\${db:Status-Status} \${Package} \${Architecture} \${Version}\\n' |
awk -v native="$(dpkg --print-architecture)" '
BEGIN { for (i = 1; i < ARGC; i++) { at = index(ARGV[i], "="); want[substr(ARGV[i], 1, at - 1)] = substr(ARGV[i], at + 1) }; ARGC = 1 }
$1 == "installed" { name = ($3 == native || $3 == "all") ? $2 : $2 ":" $3; if (name in want && want[name] != $4) print name, $4, want[name] }' "$@"`;

/** Arguments: NAME=VERSION. Packages that are not there are left alone, as are held ones and newer ones. */
const PINNED = `held=$(apt-mark showhold)
differing=$(${DIFFERING})
set --
newer= missing=
while read -r name there wanted; do
  [ -n "$name" ] || continue
  printf '%s\\n' "$held" | grep -qxF -e "$name" && continue
  if dpkg --compare-versions "$there" gt "$wanted"; then
    newer="$newer$name $there
"
  elif apt-cache madison "$name" | awk -v wanted="$wanted" '$3 == wanted && $NF == "Packages" { found = 1 } END { exit !found }'; then
    set -- "$@" "$name=$wanted"
  else
    missing="$missing$name $wanted
"
  fi
done <<END
$differing
END
printf '== newer\\n%s== missing\\n%s== absent\\n' "$newer" "$missing"
[ $# -eq 0 ] || set -- --only-upgrade install -- "$@"
${SIMULATED}`;

/** Of what the last release kept, that which is older than what is there. */
const KEPT_BEFORE = `${NOTHING_SAID}
held=$(apt-mark showhold)
set --
for file in "${KEPT}"/*.deb; do
  [ -f "$file" ] || continue
  about=$(dpkg-deb --show --showformat='\${Package} \${Architecture} \${Version}' "$file") || exit 1
  name=\${about%% *} version=\${about##* } architecture=\${about#* }
  there=$(dpkg-query --show --showformat='\${db:Status-Status} \${Version}' "$name:\${architecture%% *}" 2>/dev/null) || continue
  [ "\${there%% *}" = installed ] || continue
  dpkg --compare-versions "\${there#* }" gt "$version" || continue
  printf '%s\\n' "$held" | grep -qxF -e "$name" && continue
  set -- "$@" "$file"
done
[ $# -eq 0 ] || set -- --allow-downgrades install -- "$@"
${SIMULATED}`;

/**
 * Arguments: NAME=VERSION of all packages as they would be after the way back. Asked before anything changes, so those of before are as they
 * are now. Says what does not go together.
 */
const GO_TOGETHER = `said=$(apt-get --quiet --simulate --no-remove --allow-downgrades install -- "$@" 2>&1) && exit 0
printf '%s\\n' "$said" | grep -E '(Depends|Breaks|Conflicts): ' | sed 's/^ *//' >&2
exit 1`;

/**
 * A script that succeeds where packages that can be put back go together with those that would stay new; undefined where no such question
 * is, as nothing stays or nothing goes back.
 */
export function goTogetherScript(changes: readonly PackageChange[]): string[] | undefined {
  const back = changes.filter(({ before }) => before !== undefined);
  if (back.length === 0 || back.length === changes.length) return undefined;
  return shellWithDaemons(
    GO_TOGETHER,
    changes.map(({ name, from, to, before }) => `${name}=${before === undefined ? to : (from ?? to)}`),
  );
}

/** What is to be changed: all that there is to upgrade, packages by name, packages at certain versions, as NAME=VERSION, or what a release kept. */
export type PackageWish =
  | { kind: "all" }
  | { kind: "only"; names: readonly string[] }
  | { kind: "pinned"; pins: readonly string[] }
  | { kind: "kept" };

/** A script that asks apt what it would do. Nothing is changed, and no lock is taken. */
export function simulateScript(wish: PackageWish): string[] {
  switch (wish.kind) {
    case "all":
      return shellWithDaemons(ALL, []);
    case "only":
      return shellWithDaemons(ONLY, wish.names);
    case "pinned":
      return shellWithDaemons(PINNED, wish.pins);
    case "kept":
      return shellWithDaemons(KEPT_BEFORE, []);
  }
}
