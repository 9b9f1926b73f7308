/**
 * What every script of the process manager begins with. A record is one line, `PID START BOOT`: the start time in
 * clock ticks since the boot (proc(5), stat, field 22) and the boot's id, because a pid alone may by now belong to
 * another program. A zombie does not run. A record is certainly not there only where its folder, or the nearest one above
 * that there is, can be looked into (`is_open`).
 */
const COMMON = `set -f
boot=$(cat /proc/sys/kernel/random/boot_id)
started_at() {
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
  set -- \${line##*) }
  [ "$1" != Z ] && [ "$1" != X ] && echo "\${20}"
}
read_record() {
  pid='' start='' recorded=''
  { read -r pid start recorded <"$1"; } 2>/dev/null && [ -n "$recorded" ]
}
is_open() {
  case $1 in /*) above=$1 ;; *) above=./$1 ;; esac
  while [ ! -e "$above" ] && [ ! -L "$above" ] && [ "$above" != / ]; do above=\${above%/*}; above=\${above:-/}; done
  [ -d "$above" ] && [ -x "$above" ]
}
require_open() { is_open "$1" || { echo "nobody can tell what runs: the folder $1 cannot be looked into" >&2; exit 1; }; }
is_alive() { [ "$recorded" = "$boot" ] && [ "$(started_at "$pid")" = "$start" ]; }
group_is_alive() {
  [ "$recorded" = "$boot" ] || return 1
  now=$(started_at "$pid") && [ "$now" != "$start" ] && return 1
  kill -s 0 -- "-$pid" 2>/dev/null || return 1
  set +f
  for process in /proc/[0-9]*/stat; do
    { read -r line <"$process"; } 2>/dev/null || continue
    set -- \${line##*) }
    if [ "$3" = "$pid" ] && [ "$4" = "$pid" ] && [ "$1" != Z ] && [ "$1" != X ]; then set -f; return 0; fi
  done
  set -f
  return 1
}
lock() {
  mkdir -p "$folder" || exit 1
  exec 9>"$folder/$name.lock" || exit 1
  flock -w "$1" 9 || { echo "another start or stop of $name is under way" >&2; exit 75; }
}
`;

/** Arguments: folder and name of each unit. Prints a line for each, then `end`. */
export const STATUS_SCRIPT = `${COMMON}
btime=$(sed -n 's/^btime //p' /proc/stat)
ticks=$(getconf CLK_TCK 2>/dev/null || echo 100)
while [ $# -gt 1 ]; do
  record=$1/$2.pid
  if [ -e "$record" ] && [ ! -r "$record" ]; then echo unreadable
  elif ! is_open "$1"; then echo closed
  elif ! read_record "$record"; then echo stopped
  elif [ "$recorded" != "$boot" ]; then echo rebooted
  elif is_alive; then
    memory=$(sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\) kB$/\\1/p' "/proc/$pid/status" 2>/dev/null)
    echo "running $pid $start $boot $((btime + start / ticks)) \${memory:-0}"
  else echo "failed $pid"; fi
  shift 2
done
echo end`;

/**
 * Arguments: folder, name, seconds to wait for the lock, log, directory, limits, program. The new process itself writes
 * the record before it becomes the program, and holds the lock until then: whoever dies meanwhile, no second one starts.
 * A shell lets what it starts in the background ignore INT and QUIT (POSIX, 2.11), which `env` takes back.
 * Prints \`already\`, \`started PID\`, or \`died CODE\` and what it logged.
 */
export const START_SCRIPT = `${COMMON}
folder=$1 name=$2 wait=$3 log=$4 directory=$5 limits=$6
shift 6
record=$folder/$name.pid
lock "$wait"
if read_record "$record"; then
  if is_alive; then echo "already $pid"; exit 0; fi
  if group_is_alive; then echo "left $pid"; exit 0; fi
fi
mkdir -p "$(dirname "$log")" && touch "$log" || exit 1
from=$(wc -c <"$log")
(
  cd "$directory" || exit 1
  for limit in $limits; do
    ulimit -"\${limit%%=*}" "\${limit#*=}" || echo "smc: goes on without ulimit -\${limit%%=*} \${limit#*=}"
  done
  self=$(exec sh -c 'echo "$PPID"')
  echo "$self $(started_at "$self") $boot" >"$record.new" && mv "$record.new" "$record" || exit 1
  exec 9>&-
  exec setsid env --default-signal=INT,QUIT "$@"
) </dev/null >>"$log" 2>&1 &
child=$!
checks=0
while [ "$checks" -lt 5 ] && started_at "$child" >/dev/null; do sleep 0.1; checks=$((checks + 1)); done
if started_at "$child" >/dev/null; then echo "started $child"; exit 0; fi
wait "$child"
echo "died $?"
tail -c "+$((from + 1))" "$log" | tail -n 20`;

/**
 * Arguments: folder, name, seconds to wait for the lock, signal, seconds until KILL. Signals the whole group, and
 * removes the record only when nobody is left of it. Prints \`already\`, \`stopped\`, \`killed\` or \`stuck PID\`.
 */
export const STOP_SCRIPT = `${COMMON}
folder=$1 name=$2 wait=$3 signal=$4 patience=$5
record=$folder/$name.pid
require_open "$folder"
[ -d "$folder" ] || { echo already; exit 0; }
lock "$wait"
read_record "$record" || { rm -f "$record"; echo already; exit 0; }
if ! group_is_alive; then rm -f "$record"; echo already; exit 0; fi
ended() {
  until [ "$(date +%s)" -ge "$1" ]; do group_is_alive || return 0; sleep 0.1; done
  ! group_is_alive
}
result=stopped
kill -s "$signal" -- "-$pid" 2>/dev/null
if ! ended $(($(date +%s) + patience)); then
  result=killed
  kill -s KILL -- "-$pid" 2>/dev/null
  ended $(($(date +%s) + 5)) || { echo "stuck $pid"; exit 0; }
fi
rm -f "$record"
echo "$result"`;

/** Arguments: folder, name. Sends HUP to the process itself. Prints \`signalled\` or \`stopped\`. */
export const RELOAD_SCRIPT = `${COMMON}
require_open "$1"
if read_record "$1/$2.pid" && is_alive; then kill -s "$3" "$pid" && echo signalled; else echo stopped; fi`;
