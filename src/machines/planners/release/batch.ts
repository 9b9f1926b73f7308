import { chainSteps, endsOf, type Chain } from "../../../plan/chain.ts";
import type { Step, StepId } from "../../../plan/model.ts";
import type { PlannedInstance } from "../../../services/planners/planned-instance.ts";
import { ringGate } from "../../../services/planners/ring.ts";
import type { Vm } from "../../vm.ts";
import { makeVm } from "../create.ts";
import { keepAside, noteSeenWell, nothingKept } from "../keep.ts";
import { shutDownVm, startVm, vmReady } from "../power.ts";
import { asRoot, vmStepId, type VmPlanning } from "../request.ts";
import { putIntoService, takeDown } from "../take-down.ts";
import { comeBack } from "./come-back.ts";
import { imageOf, lookAtKept, lookAtNew } from "./look.ts";
import { runningAfterwards, type ImageBatch, type ImageReleaseWords } from "./model.ts";
import { testsAfter, testsBefore } from "./smoke.ts";

interface BatchWords extends Pick<ImageReleaseWords, "images" | "smoke"> {
  number: number;
  needs: readonly StepId[];
}

/**
 * Makes the VMs of a batch anew: what they are is kept aside, and put back, of all of them, when anything fails before they were seen
 * well. Once the first was taken from its clients, the batch comes to one of these ends, whoever interrupts.
 */
export function makeAnew(planning: VmPlanning, batch: ImageBatch, words: BatchWords): Chain {
  const { vms } = batch;
  const stage = stageOf(vms);
  const looks = vms.map(vm => beginning(planning, vm, { ...lookAtNew(planning, vm, words), stage }));
  const begun = gateBefore(planning, vms, endsOf(looks));
  const risky = freshSystems(planning, batch, { ...words, needs: begun.last });
  const notes = vms.map(vm =>
    noteSeenWell(planning, vm, { image: imageOf(planning, vm), needs: risky.last }),
  );
  const inHand = [...risky.steps, ...notes, ...wayBack(planning, batch, { ...words, risky: risky.steps })];
  return {
    steps: [...looks, ...begun.steps, ...inHand.map(step => ({ ...step, inHand: stage }))],
    last: endsOf(notes),
  };
}

/** Takes the VMs of a batch back to what they were before. */
export function goBack(
  planning: VmPlanning,
  batch: ImageBatch,
  { number, needs, force }: { number: number; needs: readonly StepId[]; force: boolean },
): Chain {
  const { vms, resettle } = batch;
  const stage = stageOf(vms);
  const looks = vms.map(vm => beginning(planning, vm, { ...lookAtKept(planning, vm, needs), stage }));
  const begun = gateBefore(planning, vms, endsOf(looks));
  const down = takeDown(planning, vms, { needs: begun.last, options: { allowLoss: true, force } });
  const nodesDown = withNodesStaged(planning, vms, down.steps);
  const back = comeBack(planning, vms, { name: String(number), resettle });
  const after = gateAfter(planning, vms, back.last);
  const inHand = [...nodesDown, ...back.steps, ...after.steps];
  return {
    steps: [...looks, ...begun.steps, ...inHand.map(step => ({ ...step, inHand: stage }))],
    last: after.last,
  };
}

/** From the first that is taken from its clients to the last that they have again. */
function freshSystems(
  planning: VmPlanning,
  { vms, settle }: ImageBatch,
  { number, smoke, needs }: BatchWords,
): Chain {
  const down = takeDown(planning, vms, { needs, options: { allowLoss: true, force: false } });
  const booted = vms.flatMap((vm, index) => bootNew(planning, vm, endsOf(down.offs.slice(index, index + 1))));
  const links = settle.map(part => ({ name: `${part.name} ${number}`, steps: part.plan.steps }));
  const settled = chainSteps(links, endsOf(booted));
  const whole = gateAfter(planning, vms, settled.last);
  const instances = runningAfterwards(planning, vms);
  const own = testsBefore(planning, smoke, { instances, number, needs: whole.last });
  const good = own.length === 0 ? whole.last : endsOf(own);
  const back = putIntoService(planning, instances.map(planning.render), good);
  const served = back.length === 0 ? good : endsOf(back);
  const others = testsAfter(planning, smoke, { vms, number, needs: served });
  return {
    steps: [
      ...withNodesStaged(planning, vms, down.steps),
      ...booted,
      ...settled.steps,
      ...whole.steps,
      ...own,
      ...back,
      ...others,
    ],
    last: others.length === 0 ? served : endsOf(others),
  };
}

function bootNew(planning: VmPlanning, vm: Vm, needs: readonly StepId[]): Step[] {
  const kept = keepAside(planning, vm, { image: imageOf(planning, vm), needs });
  const made = makeVm(planning, vm, [kept.id]);
  const start = startVm(planning, vm, made.ready);
  return [kept, ...made.steps, start, vmReady(planning, vm, [start.id])];
}

/**
 * What was not kept aside yet is what it was, and is at most started again; but a shutdown that was not seen to end may end yet: that VM is
 * off for certain before it is started.
 */
function wayBack(
  planning: VmPlanning,
  { vms, resettle }: ImageBatch,
  { number, risky }: { number: number; risky: readonly Step[] },
): Step[] {
  const name = `way back ${number}`;
  const offs = vms.map(vm => ({
    ...shutDownVm(planning, vm, { force: true, needs: [] }),
    done: asRoot(planning, nothingKept(vm)),
  }));
  const late = vms.map(vm => ({
    ...shutDownVm(planning, vm, { force: true, needs: [] }),
    id: `${name}: ${vmStepId("switch off", vm)}`,
    rescues: [vmStepId("shut down", vm)],
  }));
  const back = comeBack(planning, vms, { name: "again", resettle });
  const whole = gateAfter(planning, vms, back.last);
  const { steps } = chainSteps([{ name, steps: [...offs, ...back.steps, ...whole.steps] }], []);
  const lateOf = new Map(
    vms.map((vm, index) => [`${name}: ${vmStepId("shut down", vm)}`, endsOf(late.slice(index, index + 1))]),
  );
  const rescues = risky.map(({ id }) => id);
  const behind = steps.map(step => ({
    ...step,
    needs: [...step.needs, ...(lateOf.get(step.id) ?? [])],
    rescues,
  }));
  return [...late, ...behind];
}

function gateBefore(planning: VmPlanning, vms: readonly Vm[], needs: readonly StepId[]): Chain {
  return gate(planning, vms, { moment: "before", needs });
}

function gateAfter(planning: VmPlanning, vms: readonly Vm[], needs: readonly StepId[]): Chain {
  return gate(planning, vms, { moment: "after", needs });
}

/** All nodes of the ring that stay see the whole of it up; nothing where no node of it is on these VMs. */
function gate(
  planning: VmPlanning,
  vms: readonly Vm[],
  when: { moment: "before" | "after"; needs: readonly StepId[] },
): Chain {
  const steps = ringGate(planning, nodesOn(planning, vms), when);
  return { steps, last: steps.length === 0 ? when.needs : endsOf(steps) };
}

function nodesOn(planning: VmPlanning, vms: readonly Vm[]): PlannedInstance[] {
  return runningAfterwards(planning, vms)
    .map(planning.render)
    .filter(({ rendered }) => rendered.ring !== undefined);
}

/** A pause counts the VMs that were begun: one with a node of the ring by its node, whose steps are of the stage too. */
function beginning(planning: VmPlanning, vm: Vm, look: Step): Step {
  const [node] = nodesOn(planning, [vm]);
  return { ...look, instance: node?.instance.name ?? vm.name };
}

/** A resumed run does not wait, at the gate before a stage, for the nodes that an earlier attempt took down in it. */
function withNodesStaged(planning: VmPlanning, vms: readonly Vm[], steps: readonly Step[]): Step[] {
  const nodes = new Set(nodesOn(planning, vms).map(({ instance }) => instance.name));
  const stage = stageOf(vms);
  return steps.map(step => (nodes.has(step.instance ?? "") ? { ...step, stage } : step));
}

function stageOf(vms: readonly Vm[]): string {
  return vms.map(({ name }) => name).join(",");
}
