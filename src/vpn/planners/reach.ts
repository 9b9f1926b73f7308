import { shellWithDaemons } from "../../base/shell.ts";
import type { Milliseconds } from "../../base/units.ts";
import type { Host } from "../../inventory/model.ts";
import { hostStep } from "../../plan/host-plan.ts";
import type { Step, StepId } from "../../plan/model.ts";
import { seenOf } from "../observation.ts";
import type { VpnRequest } from "./request.ts";

/** A link that failed at first is tried again after some seconds. */
const REACH_TIMEOUT: Milliseconds = 60_000;
const INTERVAL: Milliseconds = 1000;

/** Arguments: port, then NAME=ADDRESS of each. Names those that do not answer, in order: they are asked all at once. */
const REACH = `port=$1; shift
silent=$({ for pair do (ping -n -q -c 1 -W 2 "\${pair#*=}" >/dev/null 2>&1 || echo "\${pair%%=*}") & done; wait; } | sort -V)
[ -z "$silent" ] && exit 0
echo "over the VPN no answer from" $silent "- is port $port open between them, tcp and udp?"; exit 1`;

/** The gate at the end: the host reaches all other members that smc reaches. */
export function reachSteps(
  request: VpnRequest,
  host: Host,
  words: { members: readonly Host[]; needs: readonly StepId[]; after: readonly StepId[] },
): Step[] {
  const others = words.members.filter(
    ({ name }) => name !== host.name && seenOf(request.seen, name) !== undefined,
  );
  if (others.length === 0) return [];
  const pairs = others.map(({ name, address }) => `${name}=${address}`);
  const argv = shellWithDaemons(REACH, [String(request.network.port), ...pairs]);
  return [
    hostStep({
      id: `${host.name} reaches the others`,
      title: `wait until ${host.name} reaches ${others.length === 1 ? "the other" : `all ${others.length} others`} over the VPN`,
      kind: "reach",
      host: host.name,
      action: { kind: "wait", probe: { kind: "command", argv }, interval: INTERVAL },
      needs: words.needs,
      after: words.after,
      timeout: request.timeout ?? REACH_TIMEOUT,
    }),
  ];
}
