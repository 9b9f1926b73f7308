import { runAs, type Work } from "../../plan/run-as.ts";
import { administratorOf } from "../../inventory/administrator.ts";
import type { HostName } from "../../base/names.ts";
import type { Action, Plan, Step, StepId } from "../../plan/model.ts";
import { assemblePlan } from "../../services/planners/assemble.ts";
import { withOthers } from "../../services/planners/others.ts";
import { targetOf } from "../../services/planners/planned-instance.ts";
import type { Planning, PlanRequest } from "../../services/planners/request.ts";
import type { Accelerator } from "../domain.ts";
import type { SeenVm } from "../seen.ts";
import { VIRSH_IN_SHELL } from "../virsh.ts";
import type { Vm } from "../vm.ts";

/** What was asked of VMs, with what was seen of them; its instances are those on these VMs. */
export interface VmRequest extends PlanRequest {
  vms: readonly Vm[];
  /** Empty where no machine was asked. */
  seen: ReadonlyMap<HostName, SeenVm>;
  /** The image that a VM begins with, by VM. */
  images: ReadonlyMap<HostName, string>;
  /** How each machine runs processors; `kvm` where nobody asked. */
  accelerators: ReadonlyMap<HostName, Accelerator>;
}

export type VmPlanning = VmRequest & Planning;

/** What a builder says of a step on the machine of a VM. */
export type VmStepWords = Pick<Step, "id" | "title" | "kind" | "action" | "timeout"> &
  Partial<Pick<Step, "needs" | "after" | "done" | "whenChanged" | "undo">>;

/** A step on the machine of a VM, as its administrator. */
export function machineStep(request: VmRequest, vm: Vm, { action, done, ...words }: VmStepWords): Step {
  return {
    host: vm.machine.name,
    needs: [],
    after: [],
    ...words,
    action: asRoot(request, action),
    ...(done === undefined ? {} : { done: asRoot(request, done) }),
  };
}

/** Adds the account that administers hosts, where the deployment has one. */
export function asRoot<W extends Work>({ deployment }: PlanRequest, work: W): W {
  return runAs(administratorOf(deployment), work);
}

/** A script with its words. */
export function script(text: string, ...words: readonly string[]): Extract<Action, { kind: "run" }> {
  return { kind: "run", argv: ["sh", "-c", `set -eu\n${text}`, "sh", ...words] };
}

/** A script that talks to libvirt: `v` is virsh in it, and `state_of` what a domain does. */
export function libvirtScript(text: string, ...words: readonly string[]): Extract<Action, { kind: "run" }> {
  return script(`${VIRSH_IN_SHELL}\n${text}`, ...words);
}

/** `define storm-web3` */
export function vmStepId(what: string, { name }: Vm): StepId {
  return `${what} ${name}`;
}

/** Completes a plan about VMs: their machines are hosts of it, and they themselves. */
export function assembleVmPlan(
  planning: VmPlanning,
  { steps, onFailure }: { steps: readonly Step[]; onFailure: Plan["onFailure"] },
): Plan {
  const hosts = planning.vms.flatMap(({ machine, host }) => [machine, host]);
  const instances = planning.instances.map(planning.render);
  return assemblePlan(planning, {
    instances: withOthers(planning, instances, steps),
    others: hosts.map(host => targetOf(planning, host)),
    steps,
    onFailure,
  });
}
