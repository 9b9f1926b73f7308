import { dirname } from "node:path/posix";
import type { HostName } from "../../base/names.ts";
import { presentScript, takeAnewScript } from "../../cassandra/snapshots.ts";
import {
  isUsualStartScript,
  keptFolder,
  putBackScript,
  usualStartScript,
  type Kept,
  type KeptSoftware,
} from "../../cassandra/upgrade/kept.ts";
import { isMajorStep } from "../../cassandra/upgrade/path.ts";
import type { CassandraVersion } from "../../cassandra/version.ts";
import type { Probe, Step, StepId } from "../../plan/model.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import type { Planning } from "./request.ts";
import { endpointOf } from "./ring-endpoint.ts";
import { sendAwaySteps } from "./send-away.ts";
import { accountOf, gate, onDisk, SNAPSHOT_TIMEOUT, tablesOf, toolOf } from "./snapshot.ts";
import { asAdministrator, instanceStep, stepId, type StepWords } from "./step.ts";

/** One node on its way. */
export interface NodeWords {
  /** As it is to be. */
  node: PlannedInstance;
  /** As it is now. */
  old: PlannedInstance;
  from: CassandraVersion;
  to: CassandraVersion;
  stage: string;
  needs: readonly StepId[];
  /** Nodes that are not up, so that nothing can be asked of them. */
  down: ReadonlySet<HostName>;
}

/** The steps of one node. */
export interface NodeSteps {
  steps: readonly Step[];
  /** Those that wait until the nodes before it are back. */
  first: readonly StepId[];
  /** The gate that sees it ready. */
  ready: StepId;
}

/** The keyspaces that every node has something of. */
const ALWAYS_THERE = ["system", "system_schema"];
/** The kinds of steps after which the node serves as before. */
const HARMLESS = ["snapshot", "send away cassandra"];

/** From the first step that takes something from the node on it is in hand: it is not left half way. */
export function inHand({ instance }: PlannedInstance, step: Step): Step {
  return HARMLESS.includes(step.kind) ? step : { ...step, inHand: instance.name };
}

/** A snapshot of all tables, and a look at its files. One of which nobody saw the end is taken anew. */
export function snapshotSteps(planning: Planning, { old, from, to, needs }: NodeWords): Step[] {
  const name = `smc-upgrade-${from.text}-${to.text}-${planning.now.toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
  const tables = tablesOf(old);
  const snapshot = instanceStep(old, {
    id: stepId("snapshot", old),
    title: `take the snapshot ${name} on ${old.host.name}`,
    kind: "snapshot",
    action: { kind: "run", argv: takeAnewScript(tables, name, toolOf(old)), ...accountOf(old) },
    needs,
    timeout: diskTimeout(planning),
  });
  const seen = gate(old, {
    id: stepId("see snapshot", old),
    title: `see the files of ${name} on ${old.host.name}`,
    probe: onDisk(old, presentScript(tables, name, ALWAYS_THERE)),
    needs: [snapshot.id],
  });
  return [snapshot, seen];
}

/** Its clients are sent to the others, what it has in memory is written, and it stops. Of one that is not up only what is left is ended. */
export function awaySteps(planning: Planning, words: NodeWords, needs: readonly StepId[]): Step[] {
  const { old, from, down } = words;
  const { instance, rendered, unit, timeouts } = old;
  const timeout = planning.timeout ?? timeouts.stop;
  const isUp = !down.has(old.host.name);
  const sent = isUp ? sendAwaySteps(planning, old, needs) : [];
  const drains = (isUp ? (rendered.beforeStop ?? []) : []).map(({ title, action }, index) =>
    instanceStep(old, {
      id: stepId(`before stop ${index + 1}`, old),
      title,
      kind: "before stop cassandra",
      action,
      done: { kind: "unit", unit, state: "stopped" },
      needs: sent.length === 0 ? needs : idsOf(sent),
      timeout,
    }),
  );
  const stop = instanceStep(old, {
    id: stepId("stop", old),
    title: isUp
      ? `stop ${instance.name}, which runs ${from.text}`
      : `stop what is left of ${instance.name}, which is not up with ${from.text}`,
    kind: "stop cassandra",
    action: asAdministrator(old, { kind: "unit", operation: "stop", unit }),
    needs: [...needs, ...idsOf(sent), ...idsOf(drains)],
    timeout,
  });
  return [...sent, ...drains, stop];
}

/** The plan is for a node of one release: whoever has changed that since has a reason to plan anew. */
export function seeRelease({ old, from, needs }: NodeWords): Step {
  return gate(old, {
    id: stepId("see release", old),
    title: `see that ${old.instance.name} runs ${from.text}`,
    probe: runs(from, old),
    needs,
  });
}

/** A node that answers says itself which release it is of. */
export function readyWith(release: CassandraVersion, ready: Step, node: PlannedInstance): Step {
  if (ready.action.kind !== "wait") return ready;
  const probe: Probe = { kind: "all", probes: [ready.action.probe, runs(release, node)] };
  return {
    ...ready,
    title: `wait until ${node.instance.name} answers as ${release.text}`,
    action: { ...ready.action, probe },
  };
}

export function startStep(
  planning: Planning,
  planned: PlannedInstance,
  words: Pick<StepWords, "id" | "title" | "needs">,
): Step {
  return instanceStep(planned, {
    kind: "start cassandra",
    action: asAdministrator(planned, { kind: "unit", operation: "start", unit: planned.unit }),
    timeout: planning.timeout ?? planned.timeouts.start,
    ...words,
  });
}

/** Makes the node what it was. `from` is the release that it goes back to. */
export function putBackStep(planning: Planning, words: NodeWords, needs: readonly StepId[]): Step {
  const { node, from } = words;
  return instanceStep(node, {
    id: stepId("put back", node),
    title: `make ${node.instance.name} what it was with ${from.text}`,
    kind: "put back cassandra",
    action: asAdministrator(node, {
      kind: "run",
      argv: putBackScript(keptOf(words), keptSoftware(node, from)),
    }),
    needs,
    timeout: diskTimeout(planning),
  });
}

/** A node that was put back read its commit log as far as it could: from its first answer on it is started as usual again. */
export function usualStep(planning: Planning, words: NodeWords, needs: readonly StepId[]): Step {
  const { node } = words;
  const kept = keptOf(words);
  return instanceStep(node, {
    id: stepId("usual", node),
    title: `let ${node.instance.name} start as usual again`,
    kind: "put back cassandra",
    action: asAdministrator(node, { kind: "run", argv: usualStartScript(kept) }),
    done: asAdministrator(node, { kind: "command", argv: isUsualStartScript(kept) }),
    needs,
    timeout: diskTimeout(planning),
  });
}

/** What a node keeps when it goes from one release to another. */
export function keptOf({ node, from, to }: Pick<NodeWords, "node" | "from" | "to">): Kept {
  const tables = tablesOf(node);
  const [configFolder] = node.rendered.folders;
  if (configFolder === undefined) throw new Error(`${node.instance.name} has no folder of configuration`);
  return {
    folder: keptFolder(dirname(tables), from.text, to.text),
    config: configFolder.path,
    tables,
    ownTables: isMajorStep(from, to),
  };
}

/** Where the software of the release lies that a node is kept as. */
export function keptSoftware(
  { rendered, instance }: PlannedInstance,
  { text }: CassandraVersion,
): KeptSoftware {
  if (rendered.software.kind !== "artefact") throw new Error(`${instance.name} is no artefact`);
  return { folder: rendered.software.folder, version: text };
}

/** Nothing is copied but links, however many files there are. */
export function diskTimeout({ timeout }: Planning): number {
  return timeout ?? SNAPSHOT_TIMEOUT;
}

function runs({ text }: CassandraVersion, node: PlannedInstance): Probe {
  return {
    kind: "cql",
    endpoint: endpointOf(node),
    query: "SELECT release_version FROM system.local",
    consistency: "one",
    rows: `"${text.replaceAll(".", String.raw`\.`)}"`,
  };
}

export function idsOf(steps: readonly Step[]): readonly StepId[] {
  return steps.map(({ id }) => id);
}
