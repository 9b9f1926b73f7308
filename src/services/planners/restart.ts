import { ExitCode } from "../../base/exit-code.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Plan, Step, StepId } from "../../plan/model.ts";
import { assemblePlan } from "./assemble.ts";
import { configure } from "./configure.ts";
import { installStep, installSteps } from "./install.ts";
import { inLanes, type Stage } from "./lanes.ts";
import { inStartOrder, type ServiceGroup } from "./order.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import { GATE_INTERVAL, readyGate } from "./ready.ts";
import { beginPlanning, type Planning, type PlanRequest } from "./request.ts";
import { asAdministrator, instanceStep, stepId } from "./step.ts";
import { trafficSteps } from "./traffic.ts";

/**
 * Plans `smc restart`: one instance after the other unless `parallel` says more, each taken out of its clients'
 * hands, restarted, waited for and put back before the next. Where a service is a ring, every other instance
 * must see the whole of it well before one is taken away and again before the next. The first failure halts.
 */
export function planRestart(request: PlanRequest): Plan {
  const planning = beginPlanning(request);
  const instances = request.instances.map(planning.render);
  const groups = inStartOrder(instances);
  groups.forEach(group => refuseParallelRing(request, group));
  const steps = [
    ...installSteps(instances),
    ...groups.flatMap((group, index) => restartGroup(planning, group, groups[index - 1])),
  ];
  return assemblePlan(request, {
    instances: withOthers(planning, instances, steps),
    steps,
    onFailure: "halt",
  });
}

/** Without a proof by token ranges, more than one node of a ring at a time is refused. */
function refuseParallelRing(request: PlanRequest, group: ServiceGroup): void {
  const ring = group.instances.some(planned => planned.rendered.ring !== undefined);
  if (!ring || group.instances.length < 2 || request.parallel === undefined || request.parallel === 1) return;
  throw new OperatorError(`${group.name} is a ring: restarting several nodes at once could lose a quorum`, {
    code: "QUORUM_AT_RISK",
    exit: ExitCode.Refused,
    hint: `smc restart ${group.name} --rolling  takes one node at a time`,
  });
}

function restartGroup(request: Planning, group: ServiceGroup, before: ServiceGroup | undefined): Step[] {
  const width = request.parallel === true ? group.instances.length : (request.parallel ?? 1);
  const ready = before?.instances.map(planned => stepId("ready", planned)) ?? [];
  const stages = group.instances.map(planned => restartStage(request, planned, ready));
  return inLanes(stages, width, "needs");
}

function restartStage(request: Planning, planned: PlannedInstance, before: readonly StepId[]): Stage {
  const configuration = configure(planned);
  const install = installStep(planned);
  const prepared = [...configuration.ready, ...(install === undefined ? [] : [install.id])];
  const gatesBefore = ringGates(request, planned, { moment: "before", needs: [...prepared, ...before] });
  const traffic = trafficSteps(request, planned, idsOr(gatesBefore, [...prepared, ...before]));
  const restart = restartStep(
    request,
    planned,
    idsOr(traffic.out, idsOr(gatesBefore, [...prepared, ...before])),
  );
  const ready = readyGate(request, planned, [restart.id]);
  const gatesAfter = ringGates(request, planned, { moment: "after", needs: [ready.id] });
  const back = traffic.back([ready.id]);
  const disruptive = [...gatesBefore, ...traffic.out, restart];
  return {
    steps: [...configuration.steps, ...disruptive, ready, ...gatesAfter, ...back],
    first: disruptive.map(step => step.id),
    last: [ready, ...gatesAfter, ...back].map(step => step.id),
  };
}

function restartStep(request: PlanRequest, planned: PlannedInstance, needs: readonly StepId[]): Step {
  const { instance, unit, description } = planned;
  const previous = request.observed.get(instance.name)?.identity;
  const { timeouts } = request.deployment;
  return instanceStep(planned, {
    id: stepId("restart", planned),
    title: `restart ${instance.name}`,
    kind: `restart ${description.name}`,
    action: asAdministrator(planned, {
      kind: "unit",
      operation: "restart",
      unit,
      ...(previous === undefined ? {} : { previous }),
    }),
    ...(previous === undefined ? {} : { done: { kind: "unit", unit, state: "running", not: previous } }),
    needs,
    timeout: request.timeout ?? timeouts.stop + timeouts.start,
  });
}

/** Every other node of the ring, selected or not, must see all of it well. */
function ringGates(
  request: Planning,
  planned: PlannedInstance,
  when: { moment: "before" | "after"; needs: readonly StepId[] },
): Step[] {
  if (planned.rendered.ring === undefined) return [];
  return peersOf(request, planned).flatMap(peer => {
    const probe = peer.rendered.ring;
    if (probe === undefined) return [];
    return instanceStep(peer, {
      id: `ring ${when.moment} ${planned.instance.name} by ${peer.instance.name}`,
      title: `${peer.instance.name} sees the whole ring up ${when.moment} the restart of ${planned.instance.name}`,
      kind: `ring ${planned.description.name}`,
      action: { kind: "wait", probe, interval: GATE_INTERVAL },
      needs: when.needs,
      timeout: request.timeout ?? request.deployment.timeouts.ready,
    });
  });
}

function peersOf(request: Planning, planned: PlannedInstance): PlannedInstance[] {
  return request.deployment.instances
    .filter(({ service, name }) => service === planned.instance.service && name !== planned.instance.name)
    .map(request.render);
}

/** Peers that gates ask and proxies in front are hosts of the plan too. */
function withOthers(
  planning: Planning,
  instances: readonly PlannedInstance[],
  steps: readonly Step[],
): PlannedInstance[] {
  const selected = new Set(instances.map(planned => planned.host.name));
  const hosts = new Set(steps.map(step => step.host).filter(host => !selected.has(host)));
  const others = [...hosts].flatMap(
    host => planning.deployment.instances.find(instance => instance.host === host) ?? [],
  );
  return [...instances, ...others.map(planning.render)];
}

function idsOr(steps: readonly Step[], otherwise: readonly StepId[]): readonly StepId[] {
  return steps.length === 0 ? otherwise : steps.map(step => step.id);
}
