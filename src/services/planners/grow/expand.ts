import type { HostName } from "../../../base/names.ts";
import type { ObservedRing } from "../../../cassandra/ring/model.ts";
import type { Plan } from "../../../plan/model.ts";
import { nodesOf } from "../../cassandra/ring.ts";
import { assemblePlan } from "../assemble.ts";
import { installSteps } from "../install.ts";
import { inLanes } from "../lanes.ts";
import type { PlannedInstance } from "../planned-instance.ts";
import { beginPlanning, type PlanRequest } from "../request.ts";
import { cleanupSteps, hostsToClean } from "./cleanup.ts";
import { joiningNode, joinStage, type Joining } from "./joining.ts";

/** What `smc expand` needs to know beside the request, whose instances are those that join. */
export interface Expansion {
  ring: ObservedRing;
  /** Let the others drop what the new nodes took over. */
  cleanup: boolean;
}

/**
 * Plans `smc expand`: software and files on all new hosts at once, then one node after the other joins, each only when every live
 * node sees the whole ring with the one before; then the others drop what they do not hold any more.
 */
export function planExpand(request: PlanRequest, { ring, cleanup }: Expansion): Plan {
  const planning = beginPlanning(request);
  const onTheWay = (host: HostName): boolean => ring.nodes.some(node => node.host === host);
  // Who joins already comes first: nobody else can before it has.
  const instances = request.instances.toSorted((a, b) => Number(onTheWay(b.host)) - Number(onTheWay(a.host)));
  const joining = instances.map(({ host }) => host);
  const nodes = nodesOf(request.deployment);
  const members = nodes.filter(({ host }) => onTheWay(host) && !joining.includes(host)).map(planning.render);
  const words = instances.map((instance, index): Joining => ({
    instance,
    ring,
    joining,
    members: [...members, ...instances.slice(0, index).map(planning.render)],
    before: index === 0 && !onTheWay(instance.host) ? { nodes: members.length } : undefined,
    after: { nodes: members.length + index + 1 },
  }));
  const stages = words.map(one => joinStage(planning, one));
  const joined = words.map(one => joiningNode(planning, one));
  const toClean = hostsToClean(
    members.map(({ host }) => host.name),
    joining,
  );
  const cleaned: PlannedInstance[] = cleanup
    ? nodes.filter(({ host }) => toClean.includes(host)).map(planning.render)
    : [];
  const last = stages.at(-1)?.last ?? [];
  return assemblePlan(request, {
    instances: [...instances.map(planning.render), ...members],
    steps: [
      ...installSteps(joined),
      ...inLanes(stages, 1, "needs"),
      ...cleanupSteps(request, ring, { nodes: cleaned, needs: last }),
    ],
    onFailure: "halt",
  });
}
