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
  /** Overwrite also what smc did not bring; else such a file fails, and stays. */
  adopt?: boolean;
  timeout: Milliseconds | undefined;
}

const QUICK: Milliseconds = 30_000;

/** Arguments of all scripts: record, path. `hash_of` says nothing of what is no file; `elsewhere`: another deployment brought it. */
const READ = `record=$1 path=$2
recorded() { awk -v path="$path" '$2 == path { print $1 }' "$1" 2>/dev/null; }
hash_of() { [ ! -f "$path" ] || [ -L "$path" ] || sha256sum <"$path" | cut -c1-64; }
there() { [ -e "$path" ] || [ -L "$path" ]; }
elsewhere() {
  for other in "\${record%/*}"/*; do
    case $other in "$record" | *.lock | *.new) ;; *) [ -z "$(recorded "$other")" ] || return 0 ;; esac
  done
  return 1
}`;

/** One writer of the record at a time; `drop` takes a path out of it; `ours`: a hash is among those that are written down for it. */
const RECORD = `set -eu; umask 077
${READ}
mkdir -p "\${record%/*}"; exec 9>"$record.lock"; flock 9; touch "$record"
before=$(recorded "$record") now=$(hash_of)
drop() { awk -v path="$path" '$2 != path' "$record" >"$record.new"; }
keep() { sync "$record.new"; mv "$record.new" "$record"; }
ours() { case ":$before:" in *":$1:"*) [ -n "$1" ] ;; *) false ;; esac; }`;

/**
 * Arguments: record, path, owner, `adopt` or nothing; the content that is to come on stdin. Written down before the secret is there, so that
 * none is ever on a host unrecorded. What is there and was not brought by smc is not overwritten unless the operator said so.
 */
const ANNOUNCE = `coming=$(sha256sum | cut -c1-64)
${RECORD}
may_go() {
  case $before in
    "") elsewhere && [ "$now" = "$coming" ] ;;
    pending*) ours "$now" ;;
    *) true ;;
  esac
}
if there && [ "$4" != adopt ] && ! may_go; then
  echo "$path is there, and smc did not bring it: move it away, or smc secrets apply --adopt overwrites it" >&2; exit 1
fi
folder=\${path%/*}; [ -d "\${folder:-/}" ] || install -d -m 0700 -o "\${3%%:*}" "$folder"
old=; ! ours "$now" || old=":$now"
drop; echo "pending:$coming$old $path" >>"$record.new"; keep`;

const SEAL = `${RECORD}
drop; echo "$now $path" >>"$record.new"; keep`;

/** Removes what smc brought, and nothing else. Of what another deployment brought too, only the line of this one goes. */
const REMOVE = `${RECORD}
[ -n "$before" ] || exit 0
if ! elsewhere; then
  ! there || ours "$now" || { echo "$path is not as smc brought it: it stays" >&2; exit 1; }
  rm -f -- "$path"
fi
drop; keep`;

/** It is not written down, and there only if another deployment brought it. Looks only. */
const REMOVED = `${READ}
[ -z "$(recorded "$record")" ] && { ! there || elsewhere; }`;

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
  const content = [{ secret: name }, "\n"];
  const announce = hostStep({
    ...common,
    id: `announce ${path} on ${host}`,
    title: `write down on ${host} that smc brings ${path}`,
    action: {
      ...script(request, ANNOUNCE, path, owner, request.adopt === true ? "adopt" : ""),
      stdin: content,
    },
  });
  const put = hostStep({
    ...common,
    id: `bring ${path} to ${host}`,
    title: `bring ${name} to ${host}, as ${path}`,
    action: administered(request, { kind: "put", path, content, mode, owner }),
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
