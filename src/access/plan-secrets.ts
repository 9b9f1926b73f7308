import type { Milliseconds } from "../base/units.ts";
import type { DeliveredSecret } from "../inventory/model.ts";
import { administered, assembleHostPlan, hostStep, type HostPlanRequest } from "../plan/host-plan.ts";
import type { Plan, Step } from "../plan/model.ts";
import type { Delivery } from "./delivered.ts";
import { recordOf } from "./places.ts";

/** What is asked of the secrets on hosts, with what was seen of them. */
export interface SecretsRequest extends HostPlanRequest {
  secrets: readonly DeliveredSecret[];
  deliveries: readonly Delivery[];
  timeout: Milliseconds | undefined;
}

const QUICK: Milliseconds = 30_000;

/** One writer of the record at a time; `drop` takes a path out of it. */
const RECORD = `set -eu; umask 077; record=$1 path=$2
mkdir -p "\${record%/*}"; exec 9>"$record.lock"; flock 9; touch "$record"
drop() { awk -v path="$path" '$2 != path' "$record" >"$record.new"; }
keep() { sync "$record.new"; mv "$record.new" "$record"; }
hash_of() { sha256sum <"$path" | cut -c1-64; }`;

/** Arguments: record, path, owner. Written down before the secret is there, so that none is ever on a host unrecorded. */
const ANNOUNCE = `${RECORD}
folder=\${path%/*}; [ -d "\${folder:-/}" ] || install -d -m 0700 -o "\${3%%:*}" "$folder"
drop; echo "pending $path" >>"$record.new"; keep`;

/** Arguments: record, path. */
const SEAL = `${RECORD}
drop; echo "$(hash_of) $path" >>"$record.new"; keep`;

/** Arguments: record, path. Removes what smc brought, and nothing else. */
const REMOVE = `${RECORD}
recorded=$(awk -v path="$path" '$2 == path { print $1 }' "$record")
[ -n "$recorded" ] || exit 0
if [ -f "$path" ] && [ "$recorded" != pending ] && [ "$recorded" != "$(hash_of)" ]; then
  echo "$path was changed since smc brought it: it stays" >&2; exit 1
fi
rm -f -- "$path"; drop; keep`;

/** The same arguments: it is neither there nor written down. */
const REMOVED = `[ ! -e "$2" ] && ! awk -v path="$2" '$2 == path { found = 1 } END { exit !found }' "$1" 2>/dev/null`;

/**
 * Brings secrets to the hosts that are to have them, where they are not there as they should be, and removes those that smc brought to
 * hosts that need them no more. A host that does not answer gets all of its own, fails, and is left for `smc resume`.
 */
export function planSecrets(request: SecretsRequest): Plan {
  const steps = request.deliveries.flatMap(delivery => stepsOf(request, delivery));
  return assembleHostPlan(request, { steps, onFailure: "continue", reliesOn: request.secrets });
}

function stepsOf(request: SecretsRequest, delivery: Delivery): Step[] {
  const { state, host, path, secret: name } = delivery;
  const secret = request.secrets.find(candidate => candidate.name === name && candidate.hosts.includes(host));
  if (secret !== undefined && ["missing", "differs", "unknown"].includes(state))
    return deliver(request, host, secret);
  return state === "unneeded" ? [remove(request, host, path)] : [];
}

function deliver(
  request: SecretsRequest,
  host: string,
  { name, path, mode, owner }: DeliveredSecret,
): Step[] {
  const timeout = request.timeout ?? QUICK;
  const common = { kind: "bring secrets", host, timeout };
  const announce = hostStep({
    ...common,
    id: `announce ${path} on ${host}`,
    title: `write down on ${host} that smc brings ${path}`,
    action: script(request, ANNOUNCE, path, owner),
  });
  const put = hostStep({
    ...common,
    id: `bring ${path} to ${host}`,
    title: `bring ${name} to ${host}, as ${path}`,
    action: administered(request, { kind: "put", path, content: [{ secret: name }, "\n"], mode, owner }),
    needs: [announce.id],
  });
  const seal = hostStep({
    ...common,
    id: `seal ${path} on ${host}`,
    title: `write down on ${host} what smc brought as ${path}`,
    action: script(request, SEAL, path),
    needs: [put.id],
  });
  return [announce, put, seal];
}

function remove(request: SecretsRequest, host: string, path: string): Step {
  return hostStep({
    id: `remove ${path} from ${host}`,
    title: `remove ${path} from ${host}, which needs it no more`,
    kind: "remove secrets",
    host,
    action: script(request, REMOVE, path),
    done: administered(request, {
      kind: "command",
      argv: ["sh", "-c", REMOVED, "sh", recordOf(request.deployment), path],
    }),
    timeout: request.timeout ?? QUICK,
  });
}

function script(request: SecretsRequest, text: string, ...words: readonly string[]) {
  const argv = ["sh", "-c", text, "sh", recordOf(request.deployment), ...words];
  return administered(request, { kind: "run", argv } as const);
}
