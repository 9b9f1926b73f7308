import type { Host } from "../../inventory/model.ts";
import { administered, assembleHostPlan, hostStep } from "../../plan/host-plan.ts";
import type { Plan, Step, StepId } from "../../plan/model.ts";
import { known, nodeName } from "../network.ts";
import { hostHead } from "../config.ts";
import { seenOf } from "../observation.ts";
import { FOLDER, KEY, UNIT } from "../places.ts";
import { reliesOn } from "./join.ts";
import { fileStep, keyStep } from "./member.ts";
import { reachSteps } from "./reach.ts";
import { hostFile, QUICK, type VpnRequest } from "./request.ts";

/** Arguments: the pair that is made, the pair in use. The public part stays behind, and tells that it was done. */
const SWITCH = `set -eu; if [ -e "$1.priv" ]; then mv "$1.priv" "$2.priv"; fi; cp -p "$1.pub" "$2.pub"`;
const SWITCHED = 'test ! -e "$1.priv" && cmp -s "$1.pub" "$2.pub"';

/**
 * Gives hosts new keys, one host after the other. tinc 1.0 knows one key of each host and asks for it when a link is
 * opened: the new public part goes to all members first, while the links that are open stay open, and only then the host
 * takes its new private part and starts tinc again. The first failure halts; what was written before a switch is put back.
 */
export function planRotate(request: VpnRequest, rotating: readonly Host[]): Plan {
  const members = request.network.hosts.filter(({ name }) => request.keys.has(name));
  const steps: Step[] = [];
  for (const host of rotating) {
    const previous = steps.at(-1);
    steps.push(
      ...rotateSteps(request, host, { members, needs: previous === undefined ? [] : [previous.id] }),
    );
  }
  return assembleHostPlan(request, {
    steps,
    onFailure: "halt",
    shared: true,
    reliesOn: reliesOn(request),
  });
}

function rotateSteps(
  request: VpnRequest,
  host: Host,
  { members, needs }: { members: readonly Host[]; needs: readonly StepId[] },
): Step[] {
  const pair = `${KEY}.${request.now.toISOString().replaceAll(/\D/g, "")}`;
  const key = keyStep(request, host, { pair, needs });
  const knowing = members.filter(member =>
    known(member, members, request.network.settings.mesh).includes(host),
  );
  const told = knowing.map(member => tellStep(request, { member, host, pair, needs: [key.id] }));
  const switched = switchStep(request, host, { pair, needs: told.map(({ id }) => id) });
  const restarted = restartStep(request, host, [switched.id]);
  const reached = reachSteps(request, host, { members, needs: [restarted.id], after: [] });
  const tidied = tidyStep(request, host, {
    pair,
    needs: [...reached, restarted].slice(0, 1).map(({ id }) => id),
  });
  return [key, ...told, switched, restarted, ...reached, tidied];
}

function tellStep(
  request: VpnRequest,
  { member, host, pair, needs }: { member: Host; host: Host; pair: string; needs: readonly StepId[] },
): Step {
  const path = `hosts/${nodeName(host.name)}`;
  const file = {
    path,
    content: hostHead(host, request.network.port),
    append: { host: host.name, path: `${FOLDER}/${pair}.pub` },
    mode: 0o644,
  };
  const before = hostFile(request, host, `${FOLDER}/${KEY}.pub`);
  const undo = {
    kind: "put",
    path: `${FOLDER}/${path}`,
    content: [seenOf(request.seen, member.name)?.files.get(path) ?? before.content],
    mode: 0o644,
  } as const;
  return { ...fileStep(request, member, { file, needs }), undo: administered(request, undo) };
}

function switchStep(
  request: VpnRequest,
  host: Host,
  { pair, needs }: { pair: string; needs: readonly StepId[] },
): Step {
  const words = [`${FOLDER}/${pair}`, `${FOLDER}/${KEY}`];
  return hostStep({
    id: `switch the key of ${host.name}`,
    title: `put the new key of ${host.name} in place of the old one`,
    kind: "switch keys",
    host: host.name,
    action: administered(request, { kind: "run", argv: ["sh", "-c", SWITCH, "sh", ...words] }),
    done: administered(request, { kind: "command", argv: ["sh", "-c", SWITCHED, "sh", ...words] }),
    needs,
    timeout: request.timeout ?? QUICK,
  });
}

function restartStep(request: VpnRequest, host: Host, needs: readonly StepId[]): Step {
  return hostStep({
    id: `restart tinc on ${host.name}`,
    title: `restart tinc on ${host.name}`,
    kind: "run the VPN",
    host: host.name,
    action: administered(request, { kind: "unit", operation: "restart", unit: UNIT }),
    needs,
    timeout: request.timeout ?? QUICK,
  });
}

/** Pairs of earlier rotations, also of those that ended before the switch, are of no use any more. */
function tidyStep(
  request: VpnRequest,
  host: Host,
  { pair, needs }: { pair: string; needs: readonly StepId[] },
): Step {
  const script = 'find "$1" -maxdepth 1 -name "$2.*.p*" ! -name "$3.pub" -delete';
  return hostStep({
    id: `tidy up ${host.name}`,
    title: `remove what earlier rotations left on ${host.name}`,
    kind: "tidy up",
    host: host.name,
    action: administered(request, { kind: "run", argv: ["sh", "-c", script, "sh", FOLDER, KEY, pair] }),
    needs,
    timeout: request.timeout ?? QUICK,
  });
}
