import type { Host } from "../../inventory/model.ts";
import { administered, assembleHostPlan, hostStep } from "../../plan/host-plan.ts";
import type { Plan, Step } from "../../plan/model.ts";
import { nodeName } from "../network.ts";
import { unknownMembers } from "../keys.ts";
import { seenOf } from "../observation.ts";
import { UNIT_FILE, FOLDER, UNIT } from "../places.ts";
import { differs, reliesOn } from "./join.ts";
import { fileStep, runSteps } from "./member.ts";
import { filesOf, QUICK, type VpnRequest } from "./request.ts";

/** Arguments: unit, folder, file of the unit. The private key goes with the rest. */
const CLEAN = `set -eu
systemctl disable --quiet --now "$1" 2>/dev/null || true
rm -rf "$2" "$3"
systemctl daemon-reload`;

/**
 * Takes hosts out of the VPN: every other member forgets their keys and ends its links with them, one member after the
 * other; then they lose what they have of the network, the private key included. One that does not answer keeps that, and
 * nobody lets it in. Another host that does not answer may be a member that nobody knows of here: the run fails at it, as it does at a
 * member that could not be told.
 */
export function planLeave(request: VpnRequest, leaving: readonly Host[]): Plan {
  const names = new Set(leaving.map(({ name }) => name));
  const members = request.network.hosts.filter(({ name }) => request.keys.has(name) && !names.has(name));
  const silent = unknownMembers(request).filter(({ name }) => !names.has(name));
  const revoked = [
    ...members.flatMap(host => revokeSteps(request, host, { members, leaving })),
    ...silent.flatMap(host => leaving.map(gone => forgetStep(request, host, gone))),
  ];
  const after = revoked.map(({ id }) => id);
  const cleaned = leaving
    .filter(({ name }) => seenOf(request.seen, name) !== undefined)
    .map(host => cleanStep(request, host, after));
  return assembleHostPlan(request, {
    steps: [...revoked, ...cleaned],
    onFailure: "continue",
    shared: true,
    reliesOn: reliesOn(request),
  });
}

function revokeSteps(
  request: VpnRequest,
  host: Host,
  { members, leaving }: { members: readonly Host[]; leaving: readonly Host[] },
): Step[] {
  const seen = seenOf(request.seen, host.name);
  const present = leaving.filter(
    ({ name }) => seen === undefined || seen.files.has(`hosts/${nodeName(name)}`),
  );
  const forgotten = present.map(gone => forgetStep(request, host, gone));
  const written = filesOf(request, host, members)
    .filter(file => file.path === "tinc.conf" && differs(request, host, file))
    .map(file => fileStep(request, host, { file, needs: [] }));
  const changed = [...forgotten, ...written];
  return [...changed, ...runSteps(request, host, changed)];
}

function forgetStep(request: VpnRequest, host: Host, gone: Host): Step {
  const path = `${FOLDER}/hosts/${nodeName(gone.name)}`;
  return hostStep({
    id: `forget ${gone.name} on ${host.name}`,
    title: `remove the key of ${gone.name} from ${host.name}`,
    kind: "forget keys",
    host: host.name,
    action: administered(request, { kind: "run", argv: ["rm", "-f", path] }),
    done: administered(request, { kind: "command", argv: ["test", "!", "-e", path] }),
    timeout: request.timeout ?? QUICK,
  });
}

function cleanStep(request: VpnRequest, host: Host, after: readonly string[]): Step {
  return hostStep({
    id: `clean up ${host.name}`,
    title: `end the VPN on ${host.name} and remove its key`,
    kind: "clean up",
    host: host.name,
    action: administered(request, {
      kind: "run",
      argv: ["sh", "-c", CLEAN, "sh", UNIT.name, FOLDER, UNIT_FILE.path],
    }),
    done: administered(request, { kind: "command", argv: ["test", "!", "-e", FOLDER] }),
    after,
    timeout: request.timeout ?? QUICK,
  });
}
