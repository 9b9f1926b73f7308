import { OperatorError } from "../../base/operator-error.ts";

/** What the folder of a node's tables says of the node that filled it. */
export const DATA_STATES = ["empty", "begun", "joined", "decommissioned", "foreign"] as const;

/**
 * `empty`: no node has run there. `begun`: one of this cluster began to join. `joined`, `decommissioned`: one was a member, or was
 * and left. `foreign`: one of another cluster, or of which nobody can tell.
 */
export type DataState = (typeof DATA_STATES)[number];

/**
 * Arguments: the folder of the tables, the name of the cluster. A node writes both its name and how far its bootstrap came into
 * its table system.local, and flushes that at once; each word stands there as it is.
 */
const LOOK = `
has() { grep -rqsF --include="*-Data.db" -e "$1" .; }
[ ! -e "$1" ] || cd "$1" || exit
if [ ! -e "$1" ] || [ -z "$(ls -A .)" ]; then
  [ -z "$(ls -A "$(dirname "$1")/commitlog" 2>/dev/null)" ] && echo empty || echo foreign
  exit
fi
name=$2
cd system 2>/dev/null || { echo foreign; exit; }
set -- local-*
[ -d "$1" ] || { echo begun; exit; }
cd "$1" || exit
if has DECOMMISSIONED; then echo decommissioned
elif has COMPLETED; then echo joined
elif has "$name"; then echo begun
elif ls ./*-Data.db >/dev/null 2>&1; then echo foreign
else echo begun
fi`;

/** The command that looks at the folder of a node's tables; it only reads, and prints one of the states. */
export function dataStateCommand(tables: string, clusterName: string): readonly string[] {
  return ["sh", "-c", LOOK, "sh", tables, clusterName];
}

/** Reads what the command printed. Throws an OperatorError for anything else. */
export function parseDataState(output: string): DataState {
  const word = output.trim();
  const state = DATA_STATES.find(one => one === word);
  if (state !== undefined) return state;
  throw new OperatorError(`what is in a node's data folder was answered with "${word.slice(0, 80)}"`, {
    code: "DATA_FOLDER",
  });
}
