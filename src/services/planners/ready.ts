import type { Milliseconds } from "../../base/units.ts";
import type { Step, StepId } from "../../plan/model.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import type { PlanRequest } from "./request.ts";
import { asAdministrator, instanceStep, stepId } from "./step.ts";

/** How often a gate asks: a probe costs the host a few milliseconds. */
export const GATE_INTERVAL: Milliseconds = 250;

/** The gate after a start: the instance answers as a client of the service would see it. */
export function readyGate(request: PlanRequest, planned: PlannedInstance, needs: readonly StepId[]): Step {
  return instanceStep(planned, {
    id: stepId("ready", planned),
    title: `wait until ${planned.instance.name} answers`,
    kind: `ready ${planned.description.name}`,
    action: {
      kind: "wait",
      probe: {
        kind: "all",
        probes: [
          asAdministrator(planned, { kind: "unit", unit: planned.unit, state: "running" }),
          planned.rendered.ready,
        ],
      },
      interval: GATE_INTERVAL,
      log: asAdministrator(planned, { host: planned.host.name, path: planned.unit.log }),
    },
    needs,
    timeout: request.timeout ?? planned.timeouts.ready,
  });
}
