import type { Plan, Step, StepId } from "../../plan/model.ts";
import { assemblePlan } from "./assemble.ts";
import { configure } from "./configure.ts";
import { installStep, installSteps } from "./install.ts";
import { inLanes, type Stage } from "./lanes.ts";
import { inStartOrder, type ServiceGroup } from "./order.ts";
import { withOthers } from "./others.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import { readyGate } from "./ready.ts";
import { beginPlanning, type LossOptions, type Planning, type PlanRequest } from "./request.ts";
import { isRing, ringGate, ringWaves } from "./ring.ts";
import { sendAwaySteps } from "./send-away.ts";
import { asAdministrator, instanceStep, stepId } from "./step.ts";
import { noteSteps } from "./take-up.ts";
import { trafficSteps } from "./traffic.ts";

/**
 * Plans `smc restart`: one instance after the other unless `parallel` says more, each taken out of its clients'
 * hands, restarted, waited for and put back before the next. Where a service is a ring, its nodes go wave after wave
 * as was decided from what was observed, and one at a time where nothing was; every other node must see the whole
 * of it well before a wave is taken away and again before the next. The first failure halts. Throws an OperatorError
 * (exit 3) when a node may not go.
 */
export function planRestart(request: PlanRequest, options: LossOptions): Plan {
  const planning = beginPlanning(request);
  const instances = request.instances.map(planning.render);
  const groups = inStartOrder(instances);
  const steps = [
    ...installSteps(instances),
    ...groups.flatMap((group, index) => {
      const ready = groups[index - 1]?.instances.map(planned => stepId("ready", planned)) ?? [];
      return isRing(group)
        ? restartRing(planning, group, { ready, ...options })
        : restartLanes(planning, group, ready);
    }),
  ];
  return assemblePlan(request, {
    instances: withOthers(planning, instances, steps),
    steps,
    onFailure: "halt",
  });
}

function restartLanes(request: Planning, group: ServiceGroup, before: readonly StepId[]): Step[] {
  const width = request.parallel === true ? group.instances.length : (request.parallel ?? 1);
  const stages = group.instances.map(planned =>
    restartStage(request, [planned], { before, gateBefore: false }),
  );
  return inLanes(stages, width, "needs");
}

function restartRing(
  request: Planning,
  group: ServiceGroup,
  { ready, allowLoss }: { ready: readonly StepId[]; allowLoss: boolean },
): Step[] {
  const stages = ringWaves(request, group, allowLoss).map((wave, index) =>
    // The gate after a wave is the gate before the next.
    restartStage(request, wave, { before: ready, gateBefore: index === 0 }),
  );
  return inLanes(stages, 1, "needs");
}

/** Restarts instances together: all of them are ready, and the ring is whole, before the next stage begins. */
function restartStage(
  request: Planning,
  wave: readonly PlannedInstance[],
  { before, gateBefore: wantsGate }: { before: readonly StepId[]; gateBefore: boolean },
): Stage {
  const prepared = wave.map(planned => ({ planned, ...preparation(planned) }));
  const needs = [...prepared.flatMap(({ ids }) => ids), ...before];
  const gateBefore = wantsGate ? ringGate(request, wave, { moment: "before", needs }) : [];
  const [first] = wave;
  const members = prepared.map(({ planned, ids }) =>
    restartMember(request, planned, {
      stage: first?.instance.name ?? "",
      needs: idsOr(gateBefore, [...ids, ...before]),
    }),
  );
  const ready = members.map(member => member.ready.id);
  const gateAfter = ringGate(request, wave, { moment: "after", needs: ready });
  const disruptive = [...gateBefore, ...members.flatMap(member => member.disruptive)];
  const ends = [...members.flatMap(member => [member.ready, ...member.back]), ...gateAfter];
  return {
    steps: [...prepared.flatMap(({ steps }) => steps), ...disruptive, ...ends],
    first: disruptive.map(step => step.id),
    last: ends.map(step => step.id),
  };
}

function preparation(planned: PlannedInstance): { steps: readonly Step[]; ids: readonly StepId[] } {
  const { steps, ready } = configure(planned);
  const install = installStep(planned);
  return { steps, ids: [...ready, ...(install === undefined ? [] : [install.id])] };
}

function restartMember(
  request: Planning,
  planned: PlannedInstance,
  { stage, needs }: { stage: string; needs: readonly StepId[] },
) {
  const traffic = trafficSteps(request, planned, needs);
  const sent = sendAwaySteps(request, planned, idsOr(traffic.out, needs));
  const restart = restartStep(request, planned, idsOr(sent, idsOr(traffic.out, needs)));
  const ready = readyGate(request, planned, [restart.id]);
  const note = noteSteps(planned, { step: restart.id, needs: [restart.id] });
  return {
    disruptive: [...traffic.out, ...sent, restart].map(step => ({ ...step, stage })),
    ready,
    back: [...note, ...traffic.back([ready.id])],
  };
}

/** Restarts an instance, unless it was started anew since it was observed. */
export function restartStep(request: PlanRequest, planned: PlannedInstance, needs: readonly StepId[]): Step {
  const { instance, unit, description, timeouts } = planned;
  const previous = request.observed.get(instance.name)?.identity;
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

function idsOr(steps: readonly Step[], otherwise: readonly StepId[]): readonly StepId[] {
  return steps.length === 0 ? otherwise : steps.map(step => step.id);
}
