import {
  ACTIVITY_QUERIES,
  goesOnQuery,
  openParticipations,
  readGoesOn,
  repairActivity,
  type OpenParticipation,
} from "../../cassandra/repair/activity.ts";
import type { CqlEndpoint, Probe } from "../../plan/model.ts";
import { withCqlSession } from "../cql/session.ts";
import type { ProbeContext, Prober } from "../registry.ts";

/** Whether the node has no part in any repair. A node that cannot be asked may well have one: `unknown`. */
export const noRepair: Prober<Extract<Probe, { kind: "no-repair" }>> = async ({ endpoint }, context) => {
  const { activity, open } = await withCqlSession(context, endpoint, async session => {
    const [repairs, validations, streams, participations] = await Promise.all([
      session.rows(ACTIVITY_QUERIES.repairs, "one"),
      session.rows(ACTIVITY_QUERIES.validations, "one"),
      session.rows(ACTIVITY_QUERIES.streams, "one"),
      session.rows(ACTIVITY_QUERIES.participations, "one"),
    ]);
    return {
      activity: repairActivity({ repairs, validations, streams }),
      open: openParticipations(participations, endpoint.address),
    };
  });
  const parts = await Promise.all(open.map(part => partIn(part, endpoint, context)));
  const seen = [...activity, ...parts.flat()];
  return seen.length === 0
    ? { holds: "yes", evidence: "no repair is under way" }
    : { holds: "no", evidence: seen.join(", ") };
};

/** What the node does in a repair of another one, by the word of that one, which its host asks. */
async function partIn(
  { id, coordinator }: OpenParticipation,
  endpoint: CqlEndpoint,
  context: ProbeContext,
): Promise<string[]> {
  const there = { ...endpoint, address: coordinator };
  const goesOn = await withCqlSession(context, there, session => session.rows(goesOnQuery(id), "one"));
  return readGoesOn(goesOn) ? [`takes part in a repair that ${coordinator} coordinates`] : [];
}
