import { shellWithDaemons } from "../../../base/shell.ts";

/**
 * Arguments: unit, \`if-stopped\` or \`never\`. Looks at the processes of a unit by their control group (cgroups(7)) for files that they
 * have mapped and that are no longer there (proc_pid_maps(5)): dpkg puts a new file in the place of the old one, which lives on for who
 * has it. What smc itself brings lies below /opt/smc and is no business of packages.
 */
const USES = `unit=$1
pids=$(grep -lsE "/$(printf '%s' "$unit" | sed 's/[.@\\\\]/\\\\&/g')(/|\\$)" /proc/[0-9]*/cgroup | cut -d / -f 3)
if [ -z "$pids" ]; then
  [ "$2" = if-stopped ] && exit 0
  echo "$unit does not run"
  exit 1
fi
for pid in $pids; do
  file=$(grep -hsE ' /(usr|lib[0-9]*|bin|sbin|opt)/.* \\(deleted\\)$' "/proc/$pid/maps" | sed 's/^[^/]*//; s/ (deleted)$//' | grep -v ^/opt/smc/ | head -n 1)
  [ -z "$file" ] || { echo "$unit uses $file as it was before"; exit 1; }
done
echo "$unit uses nothing that was replaced"`;

/**
 * A script that succeeds where a unit runs and uses no file that was replaced since it started. \`ifStopped\`: also where it does not run.
 */
export function usesNothingReplaced(unit: string, { ifStopped }: { ifStopped: boolean }): string[] {
  return shellWithDaemons(USES, [unit, ifStopped ? "if-stopped" : "never"]);
}
