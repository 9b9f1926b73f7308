import { chainSteps, endsOf, type Chain } from "../../../plan/chain.ts";
import type { Step, StepId } from "../../../plan/model.ts";
import type { Part } from "../../../plan/sequence.ts";
import { inStartOrder } from "../../../services/planners/order.ts";
import type { PlannedInstance } from "../../../services/planners/planned-instance.ts";
import { readyGate } from "../../../services/planners/ready.ts";
import { asAdministrator, instanceStep, stepId } from "../../../services/planners/step.ts";
import type { Vm } from "../../vm.ts";
import { putBack } from "../keep.ts";
import { startVm, vmReady } from "../power.ts";
import type { VmPlanning } from "../request.ts";
import { putIntoService } from "../take-down.ts";
import { runningAfterwards } from "./model.ts";

/**
 * Makes VMs that are off what they were before: their systems put back, started, known to the others again, what runs on them waited for
 * and put into service.
 */
export function comeBack(
  planning: VmPlanning,
  vms: readonly Vm[],
  { name, resettle, needs }: { name: string; resettle: readonly Part[]; needs: readonly StepId[] },
): Chain {
  const systems = vms.flatMap(vm => {
    const back = putBack(planning, vm, needs);
    const start = startVm(planning, vm, [back.id]);
    return [back, start, vmReady(planning, vm, [start.id])];
  });
  const links = resettle.map(part => ({ name: `${part.name} ${name}`, steps: part.plan.steps }));
  const known = chainSteps(links, endsOf(systems));
  const instances = runningAfterwards(planning, vms).map(planning.render);
  const services = runSteps(planning, instances, known.last);
  const ready = services.last;
  const back = putIntoService(planning, instances, ready);
  const steps = [...systems, ...known.steps, ...services.steps, ...back];
  return { steps, last: back.length === 0 ? ready : back.map(({ id }) => id) };
}

/** Their units start at boot; where a VM was not even shut down they were stopped all the same. */
function runSteps(
  planning: VmPlanning,
  instances: readonly PlannedInstance[],
  needs: readonly StepId[],
): Chain {
  const steps: Step[] = [];
  let last = needs;
  for (const group of inStartOrder(instances)) {
    const started = group.instances.flatMap(planned => {
      const start = startUnit(planning, planned, last);
      return [start, readyGate(planning, planned, [start.id])];
    });
    steps.push(...started);
    last = endsOf(started);
  }
  return { steps, last };
}

function startUnit(planning: VmPlanning, planned: PlannedInstance, needs: readonly StepId[]): Step {
  const { instance, unit, description, timeouts } = planned;
  return instanceStep(planned, {
    id: stepId("start", planned),
    title: `start ${instance.name}`,
    kind: `start ${description.name}`,
    action: asAdministrator(planned, { kind: "unit", operation: "start", unit }),
    needs,
    timeout: planning.timeout ?? timeouts.start,
  });
}
