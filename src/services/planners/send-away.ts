import type { Step, StepId } from "../../plan/model.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import type { PlanRequest } from "./request.ts";
import { instanceStep, stepId } from "./step.ts";

/**
 * The step before the restart of an instance that sends its clients away; none where it has no such thing. When the run stops
 * before the restart was begun, the undo lets them in again.
 */
export function sendAwaySteps(
  request: PlanRequest,
  planned: PlannedInstance,
  needs: readonly StepId[],
): Step[] {
  const { instance, rendered, unit, description, timeouts } = planned;
  if (rendered.sendAway === undefined) return [];
  const { out, back } = rendered.sendAway;
  return [
    instanceStep(planned, {
      id: stepId("send away", planned),
      title: `send the clients of ${instance.name} to the others`,
      kind: `send away ${description.name}`,
      action: out,
      undo: back,
      done: { kind: "unit", unit, state: "stopped" },
      needs,
      timeout: request.timeout ?? timeouts.stop,
    }),
  ];
}
