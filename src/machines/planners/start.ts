import type { Plan } from "../../plan/model.ts";
import { beginPlanning } from "../../services/planners/request.ts";
import { makeVm } from "./create.ts";
import { startVm, vmReady } from "./power.ts";
import { assembleVmPlan, type VmRequest } from "./request.ts";

/** Plans `smc start vm`: makes what is missing of each VM, starts it and waits until smc can work on it. VMs that run are left alone. */
export function planVmStart(request: VmRequest): Plan {
  const planning = { ...request, ...beginPlanning(request) };
  const steps = request.vms.flatMap(vm => {
    const made = makeVm(request, vm);
    const start = startVm(request, vm, made.ready);
    return [...made.steps, start, vmReady(request, vm, [start.id])];
  });
  return assembleVmPlan(planning, { steps, onFailure: "continue" });
}
