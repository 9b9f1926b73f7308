import type { Probe, Step, StepId } from "../../plan/model.ts";
import { inStartOrder } from "../../services/planners/order.ts";
import type { PlannedInstance } from "../../services/planners/planned-instance.ts";
import { sendAwaySteps } from "../../services/planners/send-away.ts";
import { stopGroup } from "../../services/planners/stop.ts";
import { trafficSteps } from "../../services/planners/traffic.ts";
import type { Vm } from "../vm.ts";
import { isOff } from "./power.ts";
import type { VmPlanning } from "./request.ts";
import { servicesOf, shutDown, withNeeds, type VmStopOptions } from "./stop.ts";

/** VMs on their way down. */
export interface TakenDown {
  /** What ran there and was stopped. */
  instances: readonly PlannedInstance[];
  /** In their order; the last are the shutdowns. */
  steps: readonly Step[];
  /** The shutdown of each VM. */
  offs: readonly Step[];
}

/** Takes what runs on VMs out of its clients' hands, stops it, and shuts the VMs down: none before all of that was taken out. */
export function takeDown(
  planning: VmPlanning,
  vms: readonly Vm[],
  { needs, options }: { needs: readonly StepId[]; options: VmStopOptions },
): TakenDown {
  const instances = servicesOf(planning, vms, options);
  const out = instances.flatMap(planned => trafficSteps(planning, planned, needs).out);
  const outside = idsOr(out, needs);
  const sent = unlessOff(
    planning,
    vms,
    instances.flatMap(planned => sendAwaySteps(planning, planned, outside)),
  );
  const groups = inStartOrder(instances).reverse();
  const stops = withNeeds(
    unlessOff(
      planning,
      vms,
      groups.flatMap(group => stopGroup(planning, { group, groups, allowLoss: true })),
    ),
    idsOr(sent, outside),
  );
  const offs = vms.map(vm => shutDown(planning, vm, { steps: stops, options, needs: outside }));
  return { instances, steps: [...out, ...sent, ...stops, ...offs], offs };
}

/** Puts instances back into the hands of their clients. */
export function putIntoService(
  planning: VmPlanning,
  instances: readonly PlannedInstance[],
  needs: readonly StepId[],
): Step[] {
  return instances.flatMap(planned => trafficSteps(planning, planned, []).back(needs));
}

/** A run that died after the shutdown finds nobody to ask whether the services have stopped: that the VM is off says it. */
function unlessOff(planning: VmPlanning, vms: readonly Vm[], steps: readonly Step[]): Step[] {
  const byHost = new Map(vms.map(vm => [vm.name, vm]));
  return steps.map(step => {
    const vm = byHost.get(step.host);
    if (vm === undefined) return step;
    const off = isOff(planning, vm);
    const done: Probe = step.done === undefined ? off : { kind: "any", probes: [off, step.done] };
    return { ...step, done };
  });
}

function idsOr(steps: readonly Step[], otherwise: readonly StepId[]): readonly StepId[] {
  return steps.length === 0 ? otherwise : steps.map(({ id }) => id);
}
