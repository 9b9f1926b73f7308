import { ExitCode } from "../../base/exit-code.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Plan, Step, StepId } from "../../plan/model.ts";
import { assemblePlan } from "./assemble.ts";
import { inStartOrder, type ServiceGroup } from "./order.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import { beginPlanning, type PlanRequest } from "./request.ts";
import { asAdministrator, instanceStep, stepId } from "./step.ts";

/** What stopping needs to know beside the request. */
export interface StopOptions {
  /** Stop even where so few instances would be left that clients are refused. */
  allowLoss: boolean;
}

/**
 * Plans `smc stop`: the reverse of the start order, clients before what they use, the database drained first.
 * A part of a service is refused (exit 3) when fewer instances would be left than its clients need; the whole
 * of it is what the operator said. This counts nodes by the replication of the services file; the state of the
 * ring itself is asked by a gate before each stop.
 */
export function planStop(request: PlanRequest, options: StopOptions): Plan {
  const planning = beginPlanning(request);
  const instances = request.instances.map(planning.render);
  const groups = inStartOrder(instances).reverse();
  if (!options.allowLoss) groups.forEach(group => refuseLoss(request, group));
  const steps = groups.flatMap(group => stopGroup(request, group, groups));
  return assemblePlan(request, { instances, steps, onFailure: "continue" });
}

/** Throws when the group is a part of its service and more of it goes than may be down. */
function refuseLoss(request: PlanRequest, group: ServiceGroup): void {
  const description = group.instances[0]?.description;
  if (description?.mayBeDown === undefined) return;
  const all = request.deployment.instances.filter(instance => instance.service === group.name);
  const mayBeDown = description.mayBeDown(request.deployment);
  const stopping = new Set(group.instances.map(planned => planned.instance.name));
  const isDown = (state: string | undefined): boolean => state === "stopped" || state === "failed";
  const down = all.filter(({ name }) => stopping.has(name) || isDown(request.observed.get(name)?.state));
  if (stopping.size === all.length || down.length <= mayBeDown) return;
  throw new OperatorError(
    `stopping ${[...stopping].join(", ")} would leave ${all.length - down.length} of ${all.length} ${group.name} instances; at most ${mayBeDown} may be down before clients are refused`,
    {
      code: "QUORUM_AT_RISK",
      exit: ExitCode.Refused,
      hint: `stop fewer, or all of them by smc stop ${group.name}, or add --allow-loss`,
    },
  );
}

function stopGroup(request: PlanRequest, group: ServiceGroup, groups: readonly ServiceGroup[]): Step[] {
  const clients = groups.filter(other => other.needs.includes(group.name));
  const clientsStopped = clients.flatMap(other => other.instances.map(planned => stepId("stop", planned)));
  return group.instances.flatMap(planned => stopSteps(request, planned, clientsStopped));
}

/** What comes before the stop of an instance, and the stop itself; nothing where it does not run. */
function stopSteps(request: PlanRequest, planned: PlannedInstance, after: readonly StepId[]): Step[] {
  const { instance, description, rendered, unit } = planned;
  const timeout = request.timeout ?? request.deployment.timeouts.stop;
  const stopped = { kind: "unit", unit, state: "stopped" } as const;
  const before = (rendered.beforeStop ?? []).map(({ title, action }, index) =>
    instanceStep(planned, {
      id: stepId(`before stop ${index + 1}`, planned),
      title,
      kind: `before stop ${description.name}`,
      action,
      done: stopped,
      after,
      timeout,
    }),
  );
  const stop = instanceStep(planned, {
    id: stepId("stop", planned),
    title: `stop ${instance.name}`,
    kind: `stop ${description.name}`,
    action: asAdministrator(planned, { kind: "unit", operation: "stop", unit }),
    after: [...after, ...before.map(step => step.id)],
    timeout,
  });
  return [...before, stop];
}
