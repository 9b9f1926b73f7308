import type { HostName } from "../../../base/names.ts";
import type { ObservedRing, RingNode } from "../../../cassandra/ring/model.ts";
import type { Instance } from "../../../inventory/model.ts";
import type { Plan } from "../../../plan/model.ts";
import { FIRST_BOOT_OPTIONS } from "../../../cassandra/first-boot.ts";
import { nodesOf } from "../../cassandra/ring.ts";
import type { RenderedFile } from "../../model.ts";
import { assemblePlan } from "../assemble.ts";
import { installSteps } from "../install.ts";
import type { PlannedInstance } from "../planned-instance.ts";
import { beginPlanning, type PlanRequest } from "../request.ts";
import { joiningNode, joinStage, type Joining } from "./joining.ts";

/** Which node takes the place of which. */
export interface Replacement {
  ring: ObservedRing;
  dead: RingNode;
  instance: Instance;
}

/**
 * Plans `smc replace`: the new node starts with the address of the dead one, takes over its ranges from the other replicas, and is
 * waited for as one that joins. The option of that first start is taken away again afterwards.
 */
export function planReplace(request: PlanRequest, { ring, dead, instance }: Replacement): Plan {
  const planning = beginPlanning(request);
  const inRing = new Set<HostName>(ring.nodes.map(({ host }) => host));
  const members = nodesOf(request.deployment)
    .filter(({ host }) => inRing.has(host) && host !== dead.host && host !== instance.host)
    .map(planning.render);
  const joins = ring.nodes.some(({ host, mode }) => host === instance.host && mode === "joining");
  const nodes = members.length + 1;
  const words: Joining = {
    instance,
    ring,
    joining: [instance.host, dead.host],
    members,
    before: joins ? undefined : { nodes, away: [dead.address] },
    after: { nodes },
    extraFiles: planned => [firstBoot(planned, dead.address)],
  };
  const planned = joiningNode(planning, words);
  return assemblePlan(request, {
    instances: [planning.render(instance), ...members],
    steps: [...installSteps([planned]), ...joinStage(planning, words).steps],
    onFailure: "halt",
  });
}

/** Of no effect once the node has joined; else every later start until then means the same. */
function firstBoot({ rendered }: PlannedInstance, address: string): RenderedFile {
  const [folder = ""] = rendered.folders.map(({ path }) => path);
  return {
    path: `${folder}/${FIRST_BOOT_OPTIONS}`,
    content: [`-Dcassandra.replace_address_first_boot=${address}\n`],
    mode: 0o600,
  };
}
