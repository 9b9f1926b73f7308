import { OperatorError } from "../../base/operator-error.ts";
import type { Plan, Step } from "../../plan/model.ts";
import { assemblePlan } from "./assemble.ts";
import { configure } from "./configure.ts";
import { installSteps } from "./install.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import { readyGate } from "./ready.ts";
import { beginPlanning, type PlanRequest } from "./request.ts";
import { instanceStep, stepId } from "./step.ts";
import { noteSteps, reloadAction } from "./take-up.ts";

/**
 * Plans `smc reload`: writes the configuration, checks it, and lets each running instance read it without a
 * restart. Throws an OperatorError for services that only a restart reaches.
 */
export function planReload(request: PlanRequest): Plan {
  const planning = beginPlanning(request);
  const instances = request.instances.map(planning.render);
  const steps = [...installSteps(instances), ...instances.flatMap(planned => reloadSteps(planning, planned))];
  return assemblePlan(request, { instances, steps, onFailure: "continue" });
}

function reloadSteps(request: PlanRequest, planned: PlannedInstance): Step[] {
  const reload = reloadAction(planned);
  const service = planned.description.name;
  if (reload === undefined) {
    throw new OperatorError(`${service} cannot read its configuration while it runs`, {
      code: "RELOAD_NOT_POSSIBLE",
      hint: `smc restart ${service}  takes up a changed configuration`,
    });
  }
  const configuration = configure(planned);
  const step = instanceStep(planned, {
    id: stepId("reload", planned),
    title: `reload ${planned.instance.name}`,
    kind: `reload ${service}`,
    action: reload,
    needs: configuration.ready,
    timeout: request.timeout ?? planned.timeouts.start,
  });
  const ready = readyGate(request, planned, [step.id]);
  const note = noteSteps(planned, { step: step.id, needs: [ready.id] });
  return [...configuration.steps, step, ready, ...note];
}
