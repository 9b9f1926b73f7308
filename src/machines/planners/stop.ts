import type { HostName } from "../../base/names.ts";
import type { Plan, Step, StepId } from "../../plan/model.ts";
import { inStartOrder } from "../../services/planners/order.ts";
import type { PlannedInstance } from "../../services/planners/planned-instance.ts";
import { beginPlanning } from "../../services/planners/request.ts";
import { isRing, stopGate } from "../../services/planners/ring.ts";
import { refuseLoss, stopGroup } from "../../services/planners/stop.ts";
import type { Vm } from "../vm.ts";
import { shutDownVm } from "./power.ts";
import { assembleVmPlan, type VmPlanning, type VmRequest } from "./request.ts";

export interface VmStopOptions {
  /** Go on even where clients are refused meanwhile. */
  allowLoss: boolean;
  /** Cut the power of a VM that does not shut down in time, and pass over services that cannot be asked. */
  force: boolean;
}

/**
 * Plans `smc stop vm`: the services of each VM first, the database drained, then the VM. By the same rule as `smc stop` it is
 * refused (exit 3) where too few would be left. VMs that are off are left alone.
 */
export function planVmStop(request: VmRequest, options: VmStopOptions): Plan {
  const planning: VmPlanning = { ...request, ...beginPlanning(request) };
  const steps = stopVms(planning, options);
  return assembleVmPlan(planning, { steps, onFailure: "continue" });
}

/** The steps that stop the services on the VMs of a request and then these. Throws an OperatorError (exit 3) where the ring says no. */
export function stopVms(planning: VmPlanning, options: VmStopOptions): Step[] {
  const instances = servicesOf(planning, planning.vms, options);
  const groups = inStartOrder(instances).reverse();
  if (!options.allowLoss) groups.forEach(group => refuseLoss(planning, group));
  const gates = options.allowLoss
    ? []
    : groups.filter(isRing).flatMap(group => stopGate(planning, group, []));
  const stops = groups.flatMap(group => stopGroup(planning, { group, groups, allowLoss: true }));
  const guarded = withNeeds(
    stops,
    gates.map(({ id }) => id),
  );
  return [
    ...gates,
    ...guarded,
    ...planning.vms.map(vm => shutDown(planning, vm, { steps: guarded, options })),
  ];
}

/** What runs on VMs as far as it can be stopped there: a VM that is off is asked nothing. */
export function servicesOf(
  planning: VmPlanning,
  vms: readonly Vm[],
  { force }: Pick<VmStopOptions, "force">,
): PlannedInstance[] {
  const running = new Set<HostName>(vms.filter(vm => mayRun(planning, vm)).map(({ name }) => name));
  return planning.instances
    .filter(({ host }) => running.has(host))
    .filter(({ name }) => !force || planning.observed.get(name)?.state !== "unknown")
    .map(planning.render);
}

/** The shutdown of a VM when its services have stopped. */
export function shutDown(
  planning: VmPlanning,
  vm: Vm,
  {
    steps,
    options,
    needs = [],
  }: { steps: readonly Step[]; options: VmStopOptions; needs?: readonly StepId[] },
): Step {
  const stops = steps.filter(({ host }) => host === vm.name).map(({ id }) => id);
  return shutDownVm(planning, vm, { force: options.force, needs: [...stops, ...needs] });
}

export function withNeeds(steps: readonly Step[], needs: readonly StepId[]): Step[] {
  return needs.length === 0 ? [...steps] : steps.map(step => ({ ...step, needs: [...step.needs, ...needs] }));
}

function mayRun({ seen }: VmRequest, { name }: Vm): boolean {
  const state = seen.get(name)?.state;
  return state !== "shut off" && state !== "absent" && state !== "crashed";
}
