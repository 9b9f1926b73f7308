import type { HostName } from "../../../base/names.ts";
import { cleanupWaves } from "../../../cassandra/grow/cleanup-waves.ts";
import type { ObservedRing } from "../../../cassandra/ring/model.ts";
import type { Plan, Step, StepId } from "../../../plan/model.ts";
import { assemblePlan } from "../assemble.ts";
import { inLanes, type Stage } from "../lanes.ts";
import type { PlannedInstance } from "../planned-instance.ts";
import { beginPlanning, type PlanRequest } from "../request.ts";
import { nodetool } from "../snapshot.ts";
import { instanceStep, stepId } from "../step.ts";
import { STREAMING_TIMEOUT } from "./gates.ts";

/** Plans `smc cleanup`: nodes drop what they do not hold any more, at most one of every set of replicas at a time. */
export function planCleanup(request: PlanRequest, ring: ObservedRing): Plan {
  const planning = beginPlanning(request);
  const instances = request.instances.map(planning.render);
  return assemblePlan(request, {
    instances,
    steps: cleanupSteps(request, ring, { nodes: instances, needs: [] }),
    onFailure: "halt",
  });
}

/** The steps of a cleanup on these nodes, wave after wave, when `needs` have succeeded. */
export function cleanupSteps(
  request: PlanRequest,
  ring: ObservedRing,
  { nodes, needs }: { nodes: readonly PlannedInstance[]; needs: readonly StepId[] },
): Step[] {
  const byHost = new Map(nodes.map(node => [node.host.name, node]));
  const waves = cleanupWaves(ring, [...byHost.keys()]);
  const stages = waves.map((wave): Stage => {
    const steps = wave.flatMap(host => cleanupStep(request, byHost.get(host), needs));
    const ids = steps.map(step => step.id);
    return { steps, first: ids, last: ids };
  });
  return inLanes(stages, 1, "needs");
}

function cleanupStep(
  request: PlanRequest,
  node: PlannedInstance | undefined,
  needs: readonly StepId[],
): Step[] {
  if (node === undefined) return [];
  return [
    instanceStep(node, {
      id: stepId("cleanup", node),
      title: `drop what ${node.host.name} does not hold any more`,
      kind: "cleanup cassandra",
      action: nodetool(node, ["cleanup"]),
      needs,
      timeout: request.timeout ?? STREAMING_TIMEOUT,
    }),
  ];
}

/** The hosts whose ranges become fewer when these join one after the other: all others, and all of them but the last. */
export function hostsToClean(members: readonly HostName[], joining: readonly HostName[]): HostName[] {
  return [...members, ...joining.slice(0, -1)];
}
