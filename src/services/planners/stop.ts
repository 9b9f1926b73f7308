import { ExitCode } from "../../base/exit-code.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Plan, Step, StepId } from "../../plan/model.ts";
import { assemblePlan } from "./assemble.ts";
import { inStartOrder, type ServiceGroup } from "./order.ts";
import { withOthers } from "./others.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import { beginPlanning, type LossOptions, type Planning, type PlanRequest } from "./request.ts";
import { isRing, stopGate } from "./ring.ts";
import { refusedByRing } from "./ring-refusal.ts";
import { asAdministrator, instanceStep, stepId } from "./step.ts";

/**
 * Plans `smc stop`: the reverse of the start order, clients before what they use, the database drained first.
 * A part of a service is refused (exit 3) when fewer instances would be left than its clients need; the whole
 * of it is what the operator said. Of a ring that was observed every range is looked at, and a gate sees that it is
 * still so; else the replication of the services file is counted.
 */
export function planStop(request: PlanRequest, options: LossOptions): Plan {
  const planning = beginPlanning(request);
  const instances = request.instances.map(planning.render);
  const groups = inStartOrder(instances).reverse();
  if (!options.allowLoss) groups.forEach(group => refuseLoss(request, group));
  const steps = groups.flatMap(group => stopGroup(planning, { group, groups, ...options }));
  return assemblePlan(request, {
    instances: withOthers(planning, instances, steps),
    steps,
    onFailure: "continue",
  });
}

/** Throws an OperatorError (exit 3) when the group is a part of its service and more of it goes than may be down. */
export function refuseLoss(request: PlanRequest, group: ServiceGroup): void {
  if (isRing(group) && request.ring !== undefined) {
    const { ring } = request;
    if (ring.refused.length > 0) throw refusedByRing(ring, { verb: "stop", service: group.name });
    return;
  }
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

interface StopWords extends LossOptions {
  group: ServiceGroup;
  groups: readonly ServiceGroup[];
}

/** Stops the instances of a service when the clients among `groups` have stopped. */
export function stopGroup(request: Planning, { group, groups, allowLoss }: StopWords): Step[] {
  const clients = groups.filter(other => other.needs.includes(group.name));
  const clientsStopped = clients.flatMap(other => other.instances.map(planned => stepId("stop", planned)));
  const gate = allowLoss || !isRing(group) ? [] : stopGate(request, group, clientsStopped);
  const guards = gate.map(step => step.id);
  return [
    ...gate,
    ...group.instances.flatMap(planned =>
      stopSteps(request, planned, { after: clientsStopped, needs: guards }),
    ),
  ];
}

/** What comes before the stop of an instance, and the stop itself; nothing where it does not run. */
function stopSteps(
  request: PlanRequest,
  planned: PlannedInstance,
  { after, needs }: { after: readonly StepId[]; needs: readonly StepId[] },
): Step[] {
  const { instance, description, rendered, unit } = planned;
  const timeout = request.timeout ?? planned.timeouts.stop;
  const stopped = { kind: "unit", unit, state: "stopped" } as const;
  const before = (rendered.beforeStop ?? []).map(({ title, action }, index) =>
    instanceStep(planned, {
      id: stepId(`before stop ${index + 1}`, planned),
      title,
      kind: `before stop ${description.name}`,
      action,
      done: stopped,
      after,
      needs,
      timeout,
    }),
  );
  const stop = instanceStep(planned, {
    id: stepId("stop", planned),
    title: `stop ${instance.name}`,
    kind: `stop ${description.name}`,
    action: asAdministrator(planned, { kind: "unit", operation: "stop", unit }),
    after: [...after, ...before.map(step => step.id)],
    needs,
    timeout,
  });
  return [...before, stop];
}
