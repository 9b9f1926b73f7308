import { ACTIVITY_QUERIES, repairActivity } from "../../cassandra/repair/activity.ts";
import type { Probe } from "../../plan/model.ts";
import { withCqlSession } from "../cql/session.ts";
import type { Prober } from "../registry.ts";

/** Whether the node has no part in any repair. A node that cannot be asked may well have one: `unknown`. */
export const noRepair: Prober<Extract<Probe, { kind: "no-repair" }>> = async ({ endpoint }, context) => {
  const activity = await withCqlSession(context, endpoint, async session => {
    const [repairs, validations, streams] = await Promise.all([
      session.rows(ACTIVITY_QUERIES.repairs, "one"),
      session.rows(ACTIVITY_QUERIES.validations, "one"),
      session.rows(ACTIVITY_QUERIES.streams, "one"),
    ]);
    return repairActivity({ repairs, validations, streams });
  });
  return activity.length === 0
    ? { holds: "yes", evidence: "no repair is under way" }
    : { holds: "no", evidence: activity.join(", ") };
};
