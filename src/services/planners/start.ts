import type { Milliseconds } from "../../base/units.ts";
import { inLanes, type Stage } from "./lanes.ts";
import { assemblePlan } from "./assemble.ts";
import { configure } from "./configure.ts";
import { installSteps, installStep } from "./install.ts";
import { inStartOrder, type ServiceGroup } from "./order.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import { beginPlanning, type Planning, type PlanRequest } from "./request.ts";
import type { Plan, Step, StepId } from "../../plan/model.ts";
import { lastSetup, setupSteps } from "./setup.ts";
import { asAdministrator, instanceStep, stepId } from "./step.ts";
import { GATE_INTERVAL, readyGate } from "./ready.ts";
import { hasReadFiles, noteSteps, reloadAction } from "./take-up.ts";

const PORTS_TIMEOUT: Milliseconds = 30_000;
const RELOAD_TIMEOUT: Milliseconds = 60_000;

/**
 * Plans `smc start`: install and configure what is missing, start, and wait until each instance answers as a
 * client would see it. A service starts after those that it needs have answered, enough of them to serve.
 * Everything that is already so is `unchanged` when the plan runs.
 */
export function planStart(request: PlanRequest): Plan {
  const planning = beginPlanning(request);
  const instances = request.instances.map(planning.render);
  const groups = inStartOrder(instances);
  const steps = [...installSteps(instances), ...groups.flatMap(group => startGroup(planning, group, groups))];
  return assemblePlan(request, { instances, steps, onFailure: "continue" });
}

function startGroup(request: Planning, group: ServiceGroup, groups: readonly ServiceGroup[]): Step[] {
  const dependencies = groups.filter(other => group.needs.includes(other.name));
  const needsSome = enoughOf(request, dependencies);
  const stages = group.instances.map(planned => startStage(request, planned, needsSome));
  const started = inLanes(stages, laneWidth(request, group), "after");
  return [...started, ...setupSteps(request, group)];
}

/** How many of a service start at once: what was asked for, else one where the service wants that, else all. */
function laneWidth(request: PlanRequest, group: ServiceGroup): number {
  if (typeof request.parallel === "number") return request.parallel;
  const oneAtATime = group.instances[0]?.description.oneAtATime ?? false;
  return request.parallel === undefined && oneAtATime ? 1 : group.instances.length;
}

/** All that starts one instance, until it answers: its files at once, the start itself when its lane is free. */
export function startStage(
  request: Planning,
  planned: PlannedInstance,
  needsSome: NonNullable<Step["needsSome"]>,
): Stage {
  const configuration = configure(planned);
  const install = installStep(planned);
  const ports = portsGate(planned, configuration.ready);
  const start = startStep(request, planned, {
    needs: [
      ...(ports === undefined ? [] : [ports.id]),
      ...configuration.ready,
      ...(install === undefined ? [] : [install.id]),
    ],
    needsSome,
  });
  const read = takeUp(planned, start.id);
  const ready = readyGate(request, planned, [start.id, ...read.map(step => step.id)]);
  return {
    steps: [...configuration.steps, ...(ports === undefined ? [] : [ports]), start, ...read, ready],
    first: [start.id],
    last: [ready.id],
  };
}

function startStep(
  request: Planning,
  planned: PlannedInstance,
  { needs, needsSome }: Required<Pick<Step, "needs" | "needsSome">>,
): Step {
  const { instance, unit, rendered } = planned;
  return instanceStep(planned, {
    id: stepId("start", planned),
    title: `start ${instance.name}`,
    kind: `start ${planned.description.name}`,
    action: asAdministrator(planned, { kind: "unit", operation: "start", unit }),
    needs,
    timeout: request.timeout ?? planned.timeouts.start,
    ...(needsSome.length === 0 ? {} : { needsSome }),
    ...(rendered.turn === undefined ? {} : { turn: { ...rendered.turn, until: stepId("ready", planned) } }),
  });
}

/** For each service that must answer first: as many of its instances as it needs to serve its clients. */
function enoughOf(request: Planning, dependencies: readonly ServiceGroup[]): NonNullable<Step["needsSome"]> {
  return dependencies.flatMap(group => {
    const { instances } = group;
    const setup = lastSetup(request, group);
    const mayBeDown = instances[0]?.description.mayBeDown?.(request.deployment) ?? instances.length - 1;
    const answering = {
      of: instances.map(planned => stepId("ready", planned)),
      atLeast: Math.max(1, instances.length - mayBeDown),
    };
    return setup === undefined ? [answering] : [answering, { of: [setup.id], atLeast: 1 }];
  });
}

/** A program that finds its port taken says so late and in words of its own, if at all. */
function portsGate(planned: PlannedInstance, needs: readonly StepId[]): Step | undefined {
  const { rendered, instance, unit } = planned;
  if (rendered.listens.length === 0) return undefined;
  const free = rendered.listens.map(({ address, port }) => ({ address, port }));
  return instanceStep(planned, {
    id: stepId("ports", planned),
    title: `see that the ports of ${instance.name} are free`,
    kind: `ports ${planned.description.name}`,
    action: {
      kind: "wait",
      probe: asAdministrator(planned, { kind: "ports", free }),
      interval: GATE_INTERVAL,
    },
    done: { kind: "unit", unit, state: "running" },
    needs,
    timeout: PORTS_TIMEOUT,
  });
}

/** One that was started has read its configuration; one that ran already reads it again where it is another now. */
function takeUp(planned: PlannedInstance, start: StepId): Step[] {
  const action = reloadAction(planned);
  const noteStart = noteSteps(planned, { step: start, needs: [start] });
  if (action === undefined || noteStart.length === 0) return [];
  const reload = instanceStep(planned, {
    id: stepId("reload", planned),
    title: `let ${planned.instance.name} read its changed configuration`,
    kind: `reload ${planned.description.name}`,
    action,
    done: hasReadFiles(planned),
    needs: noteStart.map(step => step.id),
    timeout: RELOAD_TIMEOUT,
  });
  const noteReload = noteSteps(planned, { step: reload.id, needs: [reload.id] });
  return [...noteStart, reload, ...noteReload];
}
