import type { Host } from "../../inventory/model.ts";
import { assembleHostPlan } from "../../plan/host-plan.ts";
import type { Plan, Step, StepId } from "../../plan/model.ts";
import { seenOf } from "../observation.ts";
import { fileStep, firstKeySteps, installStep, runSteps } from "./member.ts";
import { reachSteps } from "./reach.ts";
import { filesOf, type VpnRequest, type WantedFile } from "./request.ts";

/**
 * Brings hosts into the VPN, and the files of all members in line with the services file: keys are made where they are
 * missing, their public parts are written on the others, and members that run read them one after the other. Of a member that
 * smc saw only what differs is planned; one that does not answer gets all of it, fails, and is left for `smc resume`.
 */
export function planJoin(request: VpnRequest, joining: readonly Host[]): Plan {
  const names = new Set(joining.map(({ name }) => name));
  const members = request.network.hosts.filter(({ name }) => request.keys.has(name) || names.has(name));
  const prepared = new Map(members.map(host => [host.name, prepareSteps(request, host)]));
  const keyMade = new Map([...prepared].map(([name, steps]) => [name, steps.at(-1)?.id]));
  const perMember = members.map(host => {
    const before = (prepared.get(host.name) ?? []).map(({ id }) => id);
    const files = filesOf(request, host, members).filter(file => differs(request, host, file));
    const written = files.map(file => {
      const key = file.append === undefined ? undefined : keyMade.get(file.append.host);
      return fileStep(request, host, {
        file,
        needs: [...new Set([...before, ...(key === undefined ? [] : [key])])],
      });
    });
    return { host, written, run: runSteps(request, host, written) };
  });
  const started = perMember.flatMap(({ run }) => run.slice(-1).map(({ id }) => id));
  const reached = perMember
    .filter(({ host }) => names.has(host.name))
    .flatMap(({ host, run }) => reach(request, { host, members, run, started }));
  const steps = [
    ...[...prepared.values()].flat(),
    ...perMember.flatMap(({ written, run }) => [...written, ...run]),
    ...reached,
  ];
  return assembleHostPlan(request, {
    steps,
    onFailure: "continue",
    shared: true,
    reliesOn: reliesOn(request),
  });
}

/** What every plan for the VPN was made from. */
export function reliesOn({ network, keys }: VpnRequest): unknown {
  return { network, keys: [...keys] };
}

/** Whether a file is certainly not yet as it should be, or nobody knows. */
export function differs(request: VpnRequest, host: Host, file: WantedFile): boolean {
  const seen = seenOf(request.seen, host.name);
  return file.append !== undefined || seen?.files.get(file.path) !== file.content;
}

function prepareSteps(request: VpnRequest, host: Host): Step[] {
  const install = installStep(request, host);
  return [
    ...install,
    ...firstKeySteps(
      request,
      host,
      install.map(({ id }) => id),
    ),
  ];
}

function reach(
  request: VpnRequest,
  {
    host,
    members,
    run,
    started,
  }: { host: Host; members: readonly Host[]; run: readonly Step[]; started: readonly StepId[] },
): Step[] {
  const own = run.slice(-1).map(({ id }) => id);
  return reachSteps(request, host, { members, needs: own, after: started.filter(id => !own.includes(id)) });
}
