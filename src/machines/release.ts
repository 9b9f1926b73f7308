import type { HostName } from "../base/names.ts";
import { formatSize } from "../base/units.ts";
import type { SeenSystem, SeenSystems } from "./kept.ts";
import { imageOfPath } from "./places.ts";
import type { Vm } from "./vm.ts";

/** What each machine told, or why nobody knows. */
export type MachineSights = ReadonlyMap<HostName, SeenSystems | { why: string }>;

/** Which VMs change, which are so already, and all that speaks against it, in words. */
export interface SystemDecision {
  changes: readonly Vm[];
  unchanged: readonly Vm[];
  problems: readonly string[];
}

/**
 * Which VMs are made anew from the image that each is to have: all but those that were seen well with it, or always had it. One that was
 * begun and never seen well is begun again, and has its way back still.
 */
export function decideAnew(
  vms: readonly Vm[],
  machines: MachineSights,
  images: ReadonlyMap<HostName, string>,
): SystemDecision {
  return decide(vms, machines, ({ name, machine }, { state, overlay, kept, note }) => {
    if (note?.state === "begun") return "change";
    if (overlay === undefined) return { problem: `${name} was never made: smc start vm ${name}` };
    const has = imageOfPath(overlay.base);
    if (has === undefined)
      return { problem: `${name}: nobody knows what its system lies over (${overlay.base})` };
    if (has === images.get(name)) return "unchanged";
    if (kept !== undefined) {
      const before = imageOfPath(kept.base) ?? kept.base;
      return {
        problem: `${name} has what it was before, ${before}, kept aside still: go back to it, or smc release image --discard-old ${name}`,
      };
    }
    if (state === "running") return "change";
    return {
      problem: `${name} is ${state} on ${machine.name}: smc start vm ${name}, so that it can be seen to work before`,
    };
  });
}

/** Which VMs go back: all that have something kept, whose image is there still. */
export function decideBack(vms: readonly Vm[], machines: MachineSights): SystemDecision {
  return decide(vms, machines, ({ name, machine }, { kept }, { images }) => {
    if (kept === undefined) return "unchanged";
    const image = imageOfPath(kept.base);
    if (image !== undefined && images.has(image)) return "change";
    return {
      problem: `${name}: ${machine.name} has the image of what it was before no more (${image ?? kept.base})`,
    };
  });
}

/** Which VMs lose what they were before: those that were seen well since. */
export function decideDiscard(vms: readonly Vm[], machines: MachineSights): SystemDecision {
  return decide(vms, machines, ({ name }, { kept, note }) => {
    if (kept === undefined) return "unchanged";
    if (note?.state === "done") return "change";
    return { problem: `${name} was not seen well with its new image: go back, or release it again` };
  });
}

/** Machines whose disk may not hold what VMs are beside what they were, by what they take now; one line each. */
export function tightMachines(changes: readonly Vm[], machines: MachineSights): string[] {
  const byMachine = Map.groupBy(changes, ({ machine }) => machine.name);
  return [...byMachine].flatMap(([name, vms]) => {
    const seen = machines.get(name);
    if (seen === undefined || "why" in seen) return [];
    // What was begun and never seen well goes first.
    const fresh = vms.map(vm => seen.vms.get(vm.name)).filter(one => one?.kept === undefined);
    const wanted = fresh.reduce((sum, one) => sum + (one?.overlay?.used ?? 0), 0);
    return wanted <= seen.free
      ? []
      : [
          `${name} has ${formatSize(seen.free)} free; what its VMs are takes ${formatSize(wanted)}, and is kept beside what they become`,
        ];
  });
}

type Judgement = "change" | "unchanged" | { problem: string };

function decide(
  vms: readonly Vm[],
  machines: MachineSights,
  judge: (vm: Vm, system: SeenSystem, machine: SeenSystems) => Judgement,
): SystemDecision {
  const judged = vms.map(vm => ({ vm, judgement: judgeVm(vm, machines.get(vm.machine.name), judge) }));
  const of = (word: "change" | "unchanged"): Vm[] =>
    judged.flatMap(({ vm, judgement }) => (judgement === word ? [vm] : []));
  const problems = judged.flatMap(({ judgement }) =>
    typeof judgement === "string" ? [] : [judgement.problem],
  );
  return { changes: of("change"), unchanged: of("unchanged"), problems: [...new Set(problems)] };
}

function judgeVm(
  vm: Vm,
  machine: SeenSystems | { why: string } | undefined,
  judge: (vm: Vm, system: SeenSystem, machine: SeenSystems) => Judgement,
): Judgement {
  const on = vm.machine.name;
  if (machine === undefined || "why" in machine) return { problem: `${on}: ${machine?.why ?? "not asked"}` };
  const system = machine.vms.get(vm.name);
  if (system === undefined || system.state === "unknown")
    return { problem: `${vm.name}: libvirt on ${on} does not say what it is` };
  if (system.state === "foreign")
    return { problem: `${vm.name}: ${on} has a domain of this name that is no VM of this deployment` };
  return judge(vm, system, machine);
}
