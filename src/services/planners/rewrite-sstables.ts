import { dirname } from "node:path/posix";
import type { Milliseconds } from "../../base/units.ts";
import { forgetScript, forgottenScript } from "../../cassandra/upgrade/kept.ts";
import { newestOnlyScript } from "../../cassandra/upgrade/sstables.ts";
import type { CassandraVersion } from "../../cassandra/version.ts";
import type { Plan } from "../../plan/model.ts";
import { assemblePlan } from "./assemble.ts";
import { inLanes, type Stage } from "./lanes.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import { beginPlanning, type PlanRequest } from "./request.ts";
import { gate, nodetool, onDisk, tablesOf } from "./snapshot.ts";
import { asAdministrator, instanceStep, stepId } from "./step.ts";

/** Terabytes, at what compaction may write a second. */
const REWRITE_TIMEOUT: Milliseconds = 14 * 24 * 3_600_000;
const FORGET_TIMEOUT: Milliseconds = 60_000;

/**
 * Plans the end of an upgrade: on one node after the other, older sstables are written anew, one at a time and as fast as compaction
 * may; the node's disk is looked at, and what it kept of the release before is forgotten.
 */
export function planRewriteSstables(request: PlanRequest, release: CassandraVersion): Plan {
  const planning = beginPlanning(request);
  const instances = request.instances.map(planning.render);
  const steps = inLanes(
    instances.map(node => rewrite(node, release)),
    1,
    "needs",
  );
  return assemblePlan(request, { instances, steps, onFailure: "halt" });
}

function rewrite(node: PlannedInstance, release: CassandraVersion): Stage {
  const data = dirname(tablesOf(node));
  const newest = onDisk(node, newestOnlyScript(tablesOf(node), release));
  const upgraded = instanceStep(node, {
    id: stepId("rewrite", node),
    title: `write the older sstables of ${node.instance.name} anew`,
    kind: "rewrite cassandra",
    action: nodetool(node, ["upgradesstables", "--jobs", "1"]),
    done: newest,
    timeout: REWRITE_TIMEOUT,
  });
  const seen = gate(node, {
    id: stepId("see formats", node),
    title: `see no older sstable on ${node.host.name}`,
    probe: newest,
    needs: [upgraded.id],
  });
  const forget = instanceStep(node, {
    id: stepId("forget", node),
    title: `forget what ${node.instance.name} was before`,
    kind: "forget cassandra",
    action: asAdministrator(node, { kind: "run", argv: forgetScript(data) }),
    done: asAdministrator(node, { kind: "command", argv: forgottenScript(data) }),
    needs: [seen.id],
    timeout: FORGET_TIMEOUT,
  });
  const stage = node.instance.name;
  return { steps: [{ ...upgraded, stage }, seen, forget], first: [upgraded.id], last: [seen.id, forget.id] };
}
