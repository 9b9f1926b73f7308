import type { Milliseconds } from "../../base/units.ts";
import { absentScript, presentScript, takeScript, type SnapshotScript } from "../../cassandra/snapshots.ts";
import type { Action, Plan, Probe, Step } from "../../plan/model.ts";
import { assemblePlan } from "./assemble.ts";
import { planInstance, type PlannedInstance } from "./planned-instance.ts";
import { GATE_INTERVAL } from "./ready.ts";
import type { PlanRequest } from "./request.ts";
import { instanceStep, stepId, type StepWords } from "./step.ts";

/** A snapshot flushes what the node has in memory, and links files. */
export const SNAPSHOT_TIMEOUT: Milliseconds = 300_000;
const LOOK_TIMEOUT: Milliseconds = 30_000;

/** A snapshot by its name, on every node of the request. */
export interface SnapshotWords {
  name: string;
  /** All of them where none is named. */
  keyspaces: readonly string[];
}

/** Plans a snapshot on all nodes at once. Each is looked at on the disk afterwards; one that is there already is left. */
export function planSnapshotCreate(request: PlanRequest, { name, keyspaces }: SnapshotWords): Plan {
  return planOnNodes(request, node => [
    step(node, {
      id: stepId("snapshot", node),
      title: `take the snapshot ${name} on ${node.host.name}`,
      action: takeSnapshot(node, ["-t", name, "--", ...keyspaces]),
      done: onDisk(node, presentScript(tablesOf(node), name, keyspaces)),
      timeout: request.timeout ?? SNAPSHOT_TIMEOUT,
    }),
    gate(node, {
      id: stepId("see snapshot", node),
      title: `see the files of ${name} on ${node.host.name}`,
      probe: onDisk(node, presentScript(tablesOf(node), name, keyspaces)),
      needs: [stepId("snapshot", node)],
    }),
  ]);
}

/** Plans the end of a snapshot on all nodes at once. */
export function planSnapshotDelete(request: PlanRequest, name: string): Plan {
  return planOnNodes(request, node => [
    step(node, {
      id: stepId("delete snapshot", node),
      title: `delete the snapshot ${name} on ${node.host.name}`,
      action: nodetool(node, ["clearsnapshot", "-t", name]),
      done: onDisk(node, absentScript(tablesOf(node), name)),
      timeout: request.timeout ?? SNAPSHOT_TIMEOUT,
    }),
    gate(node, {
      id: stepId("see no snapshot", node),
      title: `see that ${name} is gone from ${node.host.name}`,
      probe: onDisk(node, absentScript(tablesOf(node), name)),
      needs: [stepId("delete snapshot", node)],
    }),
  ]);
}

function planOnNodes(request: PlanRequest, stepsOf: (node: PlannedInstance) => Step[]): Plan {
  const instances = request.instances.map(instance => planInstance(request, instance));
  return assemblePlan(request, { instances, steps: instances.flatMap(stepsOf), onFailure: "continue" });
}

/** A step of a snapshot on one node. */
export function step(node: PlannedInstance, words: Omit<StepWords, "kind">): Step {
  return instanceStep(node, { kind: "snapshot", ...words });
}

/** A gate of a snapshot on one node. */
export function gate(
  node: PlannedInstance,
  {
    probe,
    timeout = LOOK_TIMEOUT,
    ...words
  }: Pick<Step, "id" | "title" | "needs"> & { probe: Probe; timeout?: Milliseconds },
): Step {
  return step(node, { ...words, action: { kind: "wait", probe, interval: GATE_INTERVAL }, timeout });
}

/** nodetool snapshot on a node, with these words. */
export function takeSnapshot(node: PlannedInstance, words: readonly string[]): Action {
  return { kind: "run", argv: takeScript(tablesOf(node), toolOf(node), words), ...accountOf(node) };
}

/** A command of nodetool on a node. */
export function nodetool(node: PlannedInstance, words: readonly string[]): Action {
  return { kind: "run", argv: [...toolOf(node), ...words], ...accountOf(node) };
}

/** A script that looks at the files of a node, as the account that owns them. */
export function onDisk(node: PlannedInstance, script: SnapshotScript): Probe {
  return { kind: "command", argv: script, ...accountOf(node) };
}

/** nodetool as it is called for a node. */
export function toolOf({ rendered, instance }: PlannedInstance): readonly string[] {
  if (rendered.tool === undefined) throw new Error(`${instance.name} has no tool`);
  return rendered.tool.argv;
}

/** The folder of a node's tables. */
export function tablesOf({ rendered, instance }: PlannedInstance): string {
  if (rendered.tables === undefined) throw new Error(`${instance.name} has no tables`);
  return rendered.tables;
}

/** The account that owns the files of a node, where that is not the login user. */
export function accountOf({ rendered }: PlannedInstance): { runAs?: string } {
  const { runAs } = rendered.tool ?? {};
  return runAs === undefined ? {} : { runAs };
}
