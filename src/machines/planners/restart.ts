import type { Plan, StepId } from "../../plan/model.ts";
import { inLanes, type Stage } from "../../services/planners/lanes.ts";
import { inStartOrder } from "../../services/planners/order.ts";
import type { PlannedInstance } from "../../services/planners/planned-instance.ts";
import { readyGate } from "../../services/planners/ready.ts";
import { beginPlanning } from "../../services/planners/request.ts";
import { isRing, ringGate, ringWaves } from "../../services/planners/ring.ts";
import type { Vm } from "../vm.ts";
import { makeVm } from "./create.ts";
import { startVm, vmReady } from "./power.ts";
import { assembleVmPlan, type VmPlanning, type VmRequest } from "./request.ts";
import type { VmStopOptions } from "./stop.ts";
import { putIntoService, takeDown } from "./take-down.ts";

/**
 * Plans `smc restart vm`: one VM after the other, or as many at a time as `parallel` says; VMs with nodes of a ring in the waves
 * of the ring's rule, every other node seeing the whole of it up before a wave and again after it. What runs on a VM is
 * taken out of its clients' hands, stopped, waited for after the boot and put back. The first failure halts. Throws an
 * OperatorError (exit 3) when a node may not go.
 */
export function planVmRestart(request: VmRequest, options: VmStopOptions): Plan {
  const planning: VmPlanning = { ...request, ...beginPlanning(request) };
  const nodes = inStartOrder(request.instances.map(planning.render)).filter(isRing);
  const waves = nodes.flatMap(group => ringWaves(planning, group, options.allowLoss));
  const inRing = new Set(waves.flat().map(({ host }) => host.name));
  const others = request.vms.filter(({ name }) => !inRing.has(name));
  const width = request.parallel === true ? others.length : (request.parallel ?? 1);
  const made = new Map(request.vms.map(vm => [vm.name, makeVm(request, vm)]));
  const stage = (vms: readonly Vm[], wave: readonly PlannedInstance[], gateBefore: boolean) =>
    restartStage(planning, { vms, wave, gateBefore, options, made });
  const ring = waves.map((wave, index) => stage(vmsOfWave(request, wave), wave, index === 0));
  const rest = others.map(vm => stage([vm], [], false));
  return assembleVmPlan(planning, {
    steps: [
      ...[...made.values()].flatMap(({ steps }) => steps),
      ...inLanes(ring, 1, "needs"),
      ...inLanes(rest, Math.max(1, width), "needs"),
    ],
    onFailure: "halt",
  });
}

function vmsOfWave({ vms }: VmRequest, wave: readonly PlannedInstance[]): Vm[] {
  const hosts = new Set(wave.map(({ host }) => host.name));
  return vms.filter(({ name }) => hosts.has(name));
}

interface StageWords {
  vms: readonly Vm[];
  /** The nodes of a ring on these VMs. */
  wave: readonly PlannedInstance[];
  gateBefore: boolean;
  options: VmStopOptions;
  made: ReadonlyMap<string, { ready: readonly StepId[] }>;
}

function restartStage(planning: VmPlanning, { vms, wave, gateBefore, options, made }: StageWords): Stage {
  const prepared = vms.flatMap(({ name }) => made.get(name)?.ready ?? []);
  const gate = gateBefore ? ringGate(planning, wave, { moment: "before", needs: prepared }) : [];
  const needs = gate.length === 0 ? prepared : gate.map(({ id }) => id);
  const members = vms.map(vm => restartVm(planning, vm, { needs, options }));
  const ends = members.flatMap(member => member.ready.map(({ id }) => id));
  const after = ringGate(planning, wave, { moment: "after", needs: ends });
  const [first] = vms;
  const disruptive = members
    .flatMap(member => member.disruptive)
    .map(step => ({ ...step, stage: first?.name ?? "" }));
  const last = [...members.flatMap(member => [...member.ready, ...member.back]), ...after];
  return {
    steps: [...gate, ...disruptive, ...last],
    first: [...gate, ...disruptive].map(({ id }) => id),
    last: last.map(({ id }) => id),
  };
}

interface MemberWords {
  needs: readonly StepId[];
  options: VmStopOptions;
}

function restartVm(planning: VmPlanning, vm: Vm, { needs, options }: MemberWords) {
  const { instances, steps, offs } = takeDown(planning, [vm], { needs, options });
  const start = startVm(
    planning,
    vm,
    offs.map(({ id }) => id),
  );
  const booted = vmReady(planning, vm, [start.id]);
  const running = instances.filter(({ instance }) => mayHaveRun(planning, instance.name));
  const services = running.map(planned => readyGate(planning, planned, [booted.id]));
  const ready = [booted, ...services];
  return {
    disruptive: [...steps, start],
    ready,
    back: putIntoService(
      planning,
      instances,
      ready.map(({ id }) => id),
    ),
  };
}

/** Its unit starts at boot; one that was seen not to run is not waited for. */
function mayHaveRun({ observed }: VmPlanning, instance: string): boolean {
  const state = observed.get(instance)?.state;
  return state === undefined || state === "running";
}
