import type { Step } from "../../plan/model.ts";
import type { ServiceGroup } from "./order.ts";
import { instanceContext, type PlannedInstance } from "./planned-instance.ts";
import type { PlanRequest } from "./request.ts";
import { instanceStep, stepId } from "./step.ts";

/** The steps that a new service needs once, on its first selected instance, after all that could come up are up. */
export function setupSteps(request: PlanRequest, group: ServiceGroup): Step[] {
  const first = group.instances[0];
  if (first?.description.setup === undefined) return [];
  const others = group.instances.slice(1).map(planned => stepId("ready", planned));
  const wanted = first.description.setup(instanceContext(request, first.instance));
  return wanted.map((setup, index) => {
    const previous = index === 0 ? stepId("ready", first) : setupId(first, index - 1);
    return instanceStep(first, {
      id: setupId(first, index),
      title: setup.title,
      kind: `set up ${group.name}`,
      action: setup.action,
      needs: [previous],
      after: others,
      timeout: request.timeout ?? first.timeouts.ready,
      ...(setup.done === undefined ? {} : { done: setup.done }),
    });
  });
}

/** The last set-up step of a group: what depends on the service waits for it too. */
export function lastSetup(request: PlanRequest, group: ServiceGroup): Step | undefined {
  return setupSteps(request, group).at(-1);
}

function setupId(planned: PlannedInstance, index: number): string {
  return stepId(`set up ${index + 1}`, planned);
}
