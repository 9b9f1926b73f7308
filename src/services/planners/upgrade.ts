import type { HostName } from "../../base/names.ts";
import { STORAGE_MODE } from "../../cassandra/upgrade/storage-mode.ts";
import { isAtLeast, type CassandraVersion } from "../../cassandra/version.ts";
import type { Instance } from "../../inventory/model.ts";
import type { Plan, Step, StepId } from "../../plan/model.ts";
import { atRelease } from "../cassandra/release.ts";
import { assemblePlan, relies } from "./assemble.ts";
import { besideStep } from "./install.ts";
import { inLanes, type Stage } from "./lanes.ts";
import { withOthers } from "./others.ts";
import { planInstance, type PlannedInstance } from "./planned-instance.ts";
import { beginPlanning, type Planning, type PlanRequest } from "./request.ts";
import { ringGate, ringWaves } from "./ring.ts";
import { goBackSteps } from "./upgrade-back.ts";
import { switchSteps } from "./upgrade-node.ts";
import type { NodeSteps, NodeWords } from "./upgrade-steps.ts";

/** What an upgrade is from and to. */
export interface UpgradeWords {
  /** The release that each node to be changed runs now. */
  from: ReadonlyMap<HostName, CassandraVersion>;
  to: CassandraVersion;
  /** Whether a node of the ring, changed or not, is of a line before 5.0 while this goes on. */
  beforeFive: boolean;
  /** Nodes that are not up and go back all the same. */
  down: ReadonlySet<HostName>;
}

type MemberOf = (planning: Planning, words: NodeWords) => NodeSteps;

/**
 * Plans `smc upgrade`: the software beside what runs on all hosts first; then, wave after wave, a snapshot of each node, its
 * stop, the other release, and the gates of a rolling restart. A node that does not come up is put back, and nothing goes on.
 */
export function planUpgrade(request: PlanRequest, words: UpgradeWords): Plan {
  // While some nodes are of a line before 5.0, the others write what those can read.
  const config = words.beforeFive && isAtLeast(words.to, "5.0") ? { [STORAGE_MODE]: "CASSANDRA_4" } : {};
  const deployment = atRelease(request.deployment, { version: words.to, config });
  const planning = beginPlanning({ ...request, deployment });
  const nodes = sameNodes(request.instances, deployment.instances).map(planning.render);
  const beside = nodes.flatMap(node => besideStep(node) ?? []);
  const member: MemberOf = (all, node) => switchSteps(all, node);
  return assemble(planning, { request, words, nodes, first: beside, member });
}

/** Plans `smc upgrade --rollback`: each node is made what it was before it went to the release that it runs, wave after wave. */
export function planGoBack(request: PlanRequest, words: UpgradeWords): Plan {
  const deployment = atRelease(request.deployment, { version: words.to });
  const planning = beginPlanning({ ...request, deployment });
  const nodes = sameNodes(request.instances, deployment.instances).map(planning.render);
  return assemble(planning, { request, words, nodes, first: [], member: goBackSteps });
}

function assemble(
  planning: Planning,
  plan: {
    request: PlanRequest;
    words: UpgradeWords;
    nodes: readonly PlannedInstance[];
    first: readonly Step[];
    member: MemberOf;
  },
): Plan {
  const { request, words, nodes, first, member } = plan;
  const group = { name: "cassandra", needs: [], instances: nodes };
  const before = first.map(({ id }) => id);
  const stages = ringWaves(planning, group, false).map((wave, index) =>
    upgradeStage(planning, wave, {
      before,
      gateBefore: index === 0,
      nodeSteps: (node, place) => {
        const from = words.from.get(node.host.name) ?? words.to;
        const { to, down } = words;
        return member(planning, { ...place, from, to, down, node, old: oldNode(request, node, from) });
      },
    }),
  );
  const steps = [...first, ...inLanes(stages, 1, "needs")];
  const instances = withOthers(planning, nodes, steps);
  const assembled = assemblePlan(
    { ...planning, keepGoing: false },
    // The nodes of a wave end what they began, or are put back, when one of them fails; the next wave needs all of this one.
    { instances, steps, onFailure: "continue" },
  );
  return { ...assembled, relies: { ...assembled.relies, ...reliesOnFile(request, instances) } };
}

/** What the plan relies on is what the services file says, not what it would say at another release. */
function reliesOnFile(request: PlanRequest, instances: readonly PlannedInstance[]): Plan["relies"] {
  const said = new Map(request.deployment.instances.map(instance => [instance.name, instance]));
  const asSaid = instances.map(planned =>
    planInstance(request, said.get(planned.instance.name) ?? planned.instance),
  );
  return relies(request.observed, asSaid);
}

/** Takes the nodes of a wave to the other release together: all of them are ready, and the ring is whole, before the next begins. */
function upgradeStage(
  planning: Planning,
  wave: readonly PlannedInstance[],
  words: {
    before: readonly StepId[];
    gateBefore: boolean;
    nodeSteps: (node: PlannedInstance, place: Pick<NodeWords, "stage" | "needs">) => NodeSteps;
  },
): Stage {
  const gateBefore = words.gateBefore
    ? ringGate(planning, wave, { moment: "before", needs: words.before })
    : [];
  const stage = wave[0]?.instance.name ?? "";
  const needs = gateBefore.length === 0 ? words.before : gateBefore.map(({ id }) => id);
  const members = wave.map(node => words.nodeSteps(node, { stage, needs }));
  const ready = members.map(member => member.ready);
  const gateAfter = ringGate(planning, wave, { moment: "after", needs: ready });
  return {
    steps: [...gateBefore, ...members.flatMap(({ steps }) => steps), ...gateAfter],
    first: [...gateBefore.map(({ id }) => id), ...members.flatMap(({ first }) => first)],
    last: [...ready, ...gateAfter.map(({ id }) => id)],
  };
}

/** The node as it runs now: what is said to it before it stops differs between releases. */
function oldNode(
  request: PlanRequest,
  { instance }: PlannedInstance,
  from: CassandraVersion,
): PlannedInstance {
  const deployment = atRelease(request.deployment, { version: from });
  const [old] = sameNodes([instance], deployment.instances);
  if (old === undefined) throw new Error(`${instance.name} is no instance of ${deployment.name}`);
  return planInstance({ ...request, deployment }, old);
}

function sameNodes(wanted: readonly Instance[], all: readonly Instance[]): Instance[] {
  const names = new Set(wanted.map(({ name }) => name));
  return all.filter(({ name }) => names.has(name));
}
