import { chainSteps, endsOf, type Chain } from "../../../plan/chain.ts";
import { endsFirst } from "../../../plan/dependencies.ts";
import type { Step, StepId } from "../../../plan/model.ts";
import type { Part } from "../../../plan/sequence.ts";
import { inStartOrder } from "../../../services/planners/order.ts";
import type { PlannedInstance } from "../../../services/planners/planned-instance.ts";
import { readyGate } from "../../../services/planners/ready.ts";
import { asAdministrator, instanceStep, stepId } from "../../../services/planners/step.ts";
import type { Vm } from "../../vm.ts";
import { putBack } from "../keep.ts";
import { startVm, vmReady } from "../power.ts";
import { vmStepId, type VmPlanning } from "../request.ts";
import { putIntoService } from "../take-down.ts";
import { runningAfterwards } from "./model.ts";

/**
 * Makes VMs, behind their shutdown, what they were before: their systems put back, started, known to the others again, what runs on them waited for
 * and put into service. Of several each by itself: one that does not come, or a host that cannot be told, keeps no other from its clients.
 */
export function comeBack(
  planning: VmPlanning,
  vms: readonly Vm[],
  { name, resettle }: { name: string; resettle: readonly Part[] },
): Chain {
  const systems = vms.map(vm => {
    const back = putBack(planning, vm, [vmStepId("shut down", vm)]);
    const start = startVm(planning, vm, [back.id]);
    return { vm, steps: [back, start, vmReady(planning, vm, [start.id])] };
  });
  const links = resettle.map(part => ({ name: `${part.name} ${name}`, steps: part.plan.steps }));
  const booted = systems.flatMap(({ steps }) => steps);
  const known = chainSteps(links, []);
  const ended = endsOf(booted);
  // Of those that came, the others are told all the same.
  const told = known.steps.map(step => (endsFirst(step).length === 0 ? { ...step, after: ended } : step));
  const served = systems.map(({ vm, steps }) =>
    serve(planning, vm, { needs: endsOf(steps), after: known.last }),
  );
  return {
    steps: [...booted, ...told, ...served.flatMap(({ steps }) => steps)],
    last: [...new Set([...known.last, ...served.flatMap(({ last }) => last)])],
  };
}

/**
 * Units start at boot; where a VM was not even shut down they were stopped, or not quite, all the same. What had failed before is started, and
 * nobody waits for it.
 */
function serve(
  planning: VmPlanning,
  vm: Vm,
  order: { needs: readonly StepId[]; after: readonly StepId[] },
): Chain {
  const instances = runningAfterwards(planning, [vm]).map(planning.render);
  const after = order.after.filter(id => !order.needs.includes(id));
  const steps: Step[] = [];
  let ready = order.needs;
  for (const group of inStartOrder(instances)) {
    const starts = group.instances.map(planned => ({ ...startUnit(planning, planned, ready), after }));
    const gates = group.instances.flatMap((planned, index) =>
      hadFailed(planning, planned)
        ? []
        : [readyGate(planning, planned, endsOf(starts.slice(index, index + 1)))],
    );
    steps.push(...starts, ...gates);
    if (gates.length > 0) ready = gates.map(({ id }) => id);
  }
  const back = putIntoService(planning, instances, ready);
  return { steps: [...steps, ...back], last: back.length === 0 ? ready : endsOf(back) };
}

function hadFailed({ observed }: VmPlanning, { instance }: PlannedInstance): boolean {
  return observed.get(instance.name)?.state === "failed";
}

/** One that the boot has started is not started again; one that was drained and not stopped is. */
function startUnit(planning: VmPlanning, planned: PlannedInstance, needs: readonly StepId[]): Step {
  const { instance, unit, description, timeouts } = planned;
  const previous = planning.observed.get(instance.name)?.identity;
  return instanceStep(planned, {
    id: stepId("start", planned),
    title: `start ${instance.name}`,
    kind: `start ${description.name}`,
    action: asAdministrator(planned, {
      kind: "unit",
      unit,
      ...(previous === undefined ? { operation: "start" } : { operation: "restart", previous }),
    }),
    needs,
    timeout: planning.timeout ?? timeouts.stop + timeouts.start,
  });
}
