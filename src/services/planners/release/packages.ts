import type { HostName } from "../../../base/names.ts";
import type { Host, SmokeTest } from "../../../inventory/model.ts";
import type { Plan, Step, StepId } from "../../../plan/model.ts";
import type { HostChanges } from "../../release/packages/decide.ts";
import { assemblePlan } from "../assemble.ts";
import { inStartOrder } from "../order.ts";
import { withOthers } from "../others.ts";
import { targetOf, type PlannedInstance } from "../planned-instance.ts";
import { beginPlanning, type LossOptions, type Planning, type PlanRequest } from "../request.ts";
import { isRing, ringGate, ringWaves } from "../ring.ts";
import { rescueHost } from "./packages-back.ts";
import { bringSteps, installOn, renewOn } from "./packages-host.ts";
import { smokeAfter } from "./packages-smoke.ts";
import { idleStep, type HostPackages } from "./packages-step.ts";

/** What changes where, in which order. */
export interface PackagesWords extends LossOptions {
  /** Back: to what a release kept on the hosts, without a way back of its own. */
  direction: "forward" | "back";
  /** Hosts without a running node of a ring, to be changed together, batch after batch. Those with one come after, in its waves. */
  batches: readonly (readonly HostChanges[])[];
  /** Hosts with a running node of the ring. */
  ring: readonly HostChanges[];
  /** Asked after each batch; a no takes the batch back. */
  smoke: readonly SmokeTest[];
  /** When all batches are through, all tests are asked of all instances, also of those that nothing was changed of. */
  wholeRound: boolean;
  /** Every instance of a host, also one that uses nothing of what was replaced. */
  restartAll: boolean;
}

/** Hosts that go together; nodes of a ring among what runs there. */
interface Batch {
  hosts: readonly HostPackages[];
  nodes: readonly PlannedInstance[];
  /** Nodes on VMs of a machine of the batch, which run on, as far as packages of the machine let them. */
  carried: readonly PlannedInstance[];
  gateBefore: boolean;
}

/**
 * Plans `smc release packages`: every host has all packages, and the versions before, beside what it runs before any changes; then batch by
 * batch the instances of its hosts are taken out of their clients' hands, packages installed, what uses a file that was replaced
 * restarted and seen well, and the smoke tests asked. A batch in which anything fails goes back as a whole, as far as there is a way
 * back, and no further one begins. Throws an OperatorError (exit 3) when a node of the ring may not go.
 */
export function planPackages(request: PlanRequest, words: PackagesWords): Plan {
  const planning = beginPlanning(request);
  const batches = batchesOf(planning, words);
  const hosts = batches.flatMap(batch => batch.hosts);
  const brought = words.direction === "back" ? [] : hosts.flatMap(host => bringSteps(planning, host));
  const steps: Step[] = [...brought];
  let before: readonly StepId[] = brought.map(({ id }) => id);
  for (const [index, batch] of batches.entries()) {
    const number = index + 1;
    const isLast = number === batches.length;
    const stage = batchSteps(planning, batch, { ...words, number, isLast, before });
    steps.push(...stage.steps);
    before = stage.last;
  }
  if (words.wholeRound || hosts.length === 0)
    steps.push(...smokeAfter(planning, words.smoke, { own: [], number: 0, of: "all", needs: before }));
  const instances = hosts.flatMap(host => host.instances);
  return assemblePlan(
    { ...planning, keepGoing: false },
    {
      instances: withOthers(planning, instances, steps),
      others: hosts.map(({ host }) => targetOf(planning, host)),
      steps,
      // The others of a batch end what they began, or are put back, when one fails; the next batch needs all of this one.
      onFailure: "continue",
      // Packages belong to a machine, and not to one of its deployments.
      shared: true,
    },
  );
}

function batchesOf(planning: Planning, words: PackagesWords): Batch[] {
  const packagesOf = hostPackages(planning, words);
  const plain = words.batches.map(batch => ({
    hosts: batch.map(packagesOf),
    nodes: [],
    carried: words.allowLoss ? [] : carriedBy(planning, batch),
    gateBefore: false,
  }));
  const ring = words.ring.map(packagesOf);
  const nodes = inStartOrder(ring.flatMap(({ running }) => running)).filter(isRing);
  const waves = nodes.flatMap(group => ringWaves(planning, group, words.allowLoss));
  return [
    ...plain,
    ...waves.map((wave, index) => ({
      hosts: ring.filter(({ host }) => wave.some(node => node.host.name === host.name)),
      nodes: wave,
      carried: [],
      // The gate after a wave is the gate before the next.
      gateBefore: index === 0,
    })),
  ];
}

function carriedBy(planning: Planning, batch: readonly HostChanges[]): PlannedInstance[] {
  const machines = new Set(batch.map(({ host }) => host));
  const { deployment } = planning;
  const there = deployment.instances.filter(({ host }) => {
    const machine = deployment.hosts.get(host)?.vm?.machine;
    return machine !== undefined && machines.has(machine);
  });
  return there.map(planning.render).filter(({ rendered }) => rendered.ring !== undefined);
}

/** What is on a host, with what runs of it. */
function hostPackages(
  planning: Planning,
  { restartAll }: PackagesWords,
): (changes: HostChanges) => HostPackages {
  const byHost = Map.groupBy(planning.deployment.instances, ({ host }) => host);
  return ({ host: name, changes }) => {
    const instances = (byHost.get(name) ?? []).map(planning.render);
    const running = instances.filter(
      ({ instance }) => planning.observed.get(instance.name)?.state === "running",
    );
    return { host: hostOf(planning, name), changes, instances, running, restartAll };
  };
}

function hostOf({ deployment }: Planning, name: HostName): Host {
  const host = deployment.hosts.get(name);
  if (host === undefined) throw new Error(`${name} is no host of ${deployment.name}`);
  return host;
}

/** Where a batch is, with what it waits for. */
interface BatchWords extends PackagesWords {
  number: number;
  isLast: boolean;
  before: readonly StepId[];
}

/**
 * A batch: nobody else changes packages on any of its hosts, all get theirs, the ring is asked once more where nodes of it go, as an
 * installation takes long, and only then is anything restarted.
 */
function batchSteps(
  planning: Planning,
  batch: Batch,
  words: BatchWords,
): { steps: Step[]; last: readonly StepId[] } {
  const { hosts, nodes } = batch;
  const stage = hosts[0]?.host.name ?? "";
  const early = waitingSteps(planning, batch, { stage, before: words.before });
  const { direction } = words;
  const installed = hosts.map(of => installOn(planning, of, { direction, needs: early.idle }));
  const gate = ringGate(planning, nodes, { moment: "before", needs: installed.map(({ work }) => work) });
  const stillWhole = gate.map(step => ({ ...step, id: `${step.id} still` }));
  const renewals = installed.map(each => renewOn(planning, each, { needs: idsOf(stillWhole), stage }));
  const ready = renewals.flatMap(each => each.ready);
  const served = renewals.flatMap(({ last }) => last);
  const gateAfter = [
    ...ringGate(planning, nodes, { moment: "after", needs: ready }),
    ...carriedGate(planning, batch, { moment: "after", needs: served }),
  ];
  const ends = [...served, ...idsOf(gateAfter)];
  const own = hosts.flatMap(({ instances }) => instances.map(({ instance }) => instance));
  const tests = smokeAfter(planning, words.smoke, {
    own,
    number: words.number,
    // The whole round comes after the last one.
    of: words.isLast && !words.wholeRound ? "others" : "some",
    needs: ends,
  });
  const late = [...renewals.flatMap(({ steps }) => steps), ...gateAfter, ...tests];
  const main = [...installed.flatMap(({ steps }) => steps), ...stillWhole, ...late];
  const risky = idsOf(main);
  // Without nodes, one host may have been restarted while the packages of another failed.
  const restarting = nodes.length === 0 ? risky : idsOf(late);
  const rescued = hosts.flatMap(host => rescueHost(planning, host, { direction, nodes, risky, restarting }));
  return {
    // A batch that was begun is seen well or goes back, whoever interrupts.
    steps: [...early.steps, ...[...main, ...rescued].map(step => ({ ...step, inHand: stage }))],
    last: tests.length === 0 ? ends : idsOf(tests),
  };
}

/** All nodes see the whole ring up before packages of the machine beneath some of them change, and after. */
function carriedGate(
  planning: Planning,
  { hosts, carried }: Batch,
  when: { moment: "before" | "after"; needs: readonly StepId[] },
): Step[] {
  const id = `ring ${when.moment} ${hosts[0]?.host.name ?? ""}`;
  return ringGate(planning, carried, when).map(gate => ({ ...gate, id }));
}

/** What is waited for before anything of a batch is touched: an interrupt meanwhile begins none of it. */
function waitingSteps(
  planning: Planning,
  batch: Batch,
  { stage, before }: { stage: string; before: readonly StepId[] },
): { steps: Step[]; idle: StepId[] } {
  const { hosts, nodes, gateBefore } = batch;
  const gate = [
    ...(gateBefore ? ringGate(planning, nodes, { moment: "before", needs: before }) : []),
    ...carriedGate(planning, batch, { moment: "before", needs: before }),
  ];
  const needs = gate.length === 0 ? before : idsOf(gate);
  const idle = hosts.map(({ host }): Step => {
    const words = { id: `idle packages of ${host.name}`, kind: "packages", needs } as const;
    const node = nodes.find(each => each.host.name === host.name);
    // A pause counts the instances of its stages, or hosts where they are none: a host counts once.
    const counted = node === undefined ? {} : { instance: node.instance.name };
    return { ...idleStep(planning, host, words), ...counted, stage };
  });
  return { steps: [...gate, ...idle], idle: idsOf(idle) };
}

function idsOf(steps: readonly Step[]): StepId[] {
  return steps.map(({ id }) => id);
}
