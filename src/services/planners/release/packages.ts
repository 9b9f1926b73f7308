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
import { bringSteps, changeHost, changeId, rescueHost, type HostPackages } from "./packages-host.ts";
import { smokeOf } from "./release.ts";

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
    const stage = batchSteps(planning, batch, { ...words, number: index + 1, before });
    steps.push(...stage.steps);
    before = stage.last;
  }
  const { instances: all } = planning.deployment;
  if (words.wholeRound || hosts.length === 0)
    steps.push(
      ...ofRunning(planning, smokeOf(planning, words.smoke, { asked: all, number: 0, needs: before })),
    );
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
      // The gate after a wave is the gate before the next.
      gateBefore: index === 0,
    })),
  ];
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

function batchSteps(
  planning: Planning,
  { hosts, nodes, gateBefore: wantsGate }: Batch,
  words: PackagesWords & { number: number; before: readonly StepId[] },
): { steps: Step[]; last: StepId[] } {
  const stage = hosts[0]?.host.name ?? "";
  const gateBefore = wantsGate ? ringGate(planning, nodes, { moment: "before", needs: words.before }) : [];
  const needs = gateBefore.length === 0 ? words.before : idsOf(gateBefore);
  const { direction } = words;
  // The ring may have changed while packages were installed.
  const still = ringGate(planning, nodes, {
    moment: "before",
    needs: hosts.map(({ host }) => changeId(host)),
  });
  const gates = still.map(gate => ({ ...gate, id: `ring still ${stage}` }));
  const members = hosts.map(host =>
    changeHost(planning, host, { direction, stage, needs, gates: idsOf(gates) }),
  );
  const gateAfter = ringGate(planning, nodes, {
    moment: "after",
    needs: members.flatMap(({ ready }) => ready),
  });
  const ends = [...members.flatMap(({ last }) => last), ...idsOf(gateAfter)];
  const asked = hosts.flatMap(({ instances }) => instances.map(({ instance }) => instance));
  const here = { ...planning, instances: asked };
  const all = smokeOf(here, words.smoke, { asked, number: words.number, needs: ends });
  const tests = ofRunning(planning, all);
  const main = [...members.flatMap(({ steps }) => steps), ...gates, ...gateAfter, ...tests];
  const rescued =
    direction === "back"
      ? []
      : hosts.flatMap(host => rescueHost(planning, host, { nodes, risky: idsOf(main) }));
  return {
    // A batch that was begun is seen well or goes back, whoever interrupts; while it waits for its turn it has not begun.
    steps: [
      ...gateBefore,
      ...[...main, ...rescued].map(step => (step.stage === undefined ? { ...step, inHand: stage } : step)),
    ],
    last: tests.length === 0 ? ends : idsOf(tests),
  };
}

/** What is stopped on purpose answers no test. */
function ofRunning({ observed }: Planning, tests: readonly Step[]): Step[] {
  return tests.filter(
    ({ instance }) => instance !== undefined && observed.get(instance)?.state === "running",
  );
}

function idsOf(steps: readonly Step[]): StepId[] {
  return steps.map(({ id }) => id);
}
