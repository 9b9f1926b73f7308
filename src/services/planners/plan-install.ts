import type { Plan } from "../../plan/model.ts";
import { assemblePlan } from "./assemble.ts";
import { installSteps } from "./install.ts";
import { beginPlanning, type PlanRequest } from "./request.ts";

/** Plans `smc install`: the software of the selected instances on their hosts, and nothing else. */
export function planInstall(request: PlanRequest): Plan {
  const instances = request.instances.map(beginPlanning(request).render);
  return assemblePlan(request, { instances, steps: installSteps(instances), onFailure: "continue" });
}
