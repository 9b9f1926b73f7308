import type { RepairReport } from "../../cassandra/nodetool/repair/lines.ts";
import type { RepairHistory } from "../../cassandra/nodetool/repair/verdict.ts";
import {
  countFailedSessions,
  parentQuery,
  readParent,
  sessionsQuery,
} from "../../cassandra/repair/history.ts";
import type { RepairAction } from "../../plan/model.ts";
import { CqlError } from "../cql/failure.ts";
import { withCqlSession, type CqlSession } from "../cql/session.ts";
import type { ActionContext } from "../registry.ts";

/** What is on record of a repair. */
export interface RepairRecord extends Omit<RepairHistory, "active"> {
  /** The ranges that were repaired, `(after,upTo]`. */
  ranges: readonly string[];
}

type Rows = Awaited<ReturnType<CqlSession["rows"]>>;

const NOTHING_KNOWN: RepairRecord = { parent: "unknown", failedSessions: 0, ranges: [] };
/** The clocks of this machine and of the node may differ by so much. */
const CLOCK_SLACK = 60 * 60 * 1000;

/** What the ring has on record of a repair, by the parent session that nodetool told; nothing is known when nobody can be asked. */
export async function readHistory(
  { keyspace, endpoint }: RepairAction,
  { report, startedAt }: { report: RepairReport; startedAt: number },
  context: ActionContext,
): Promise<RepairRecord> {
  const start = report.events.find(event => event.kind === "start");
  if (start?.kind !== "start" || start.parent === undefined) return NOTHING_KNOWN;
  const parentId = start.parent;
  try {
    return await withCqlSession(context, endpoint, async session => {
      const { parent, tables, ranges } = readParent(await rowsOf(session, parentQuery(parentId)));
      const since = startedAt - CLOCK_SLACK;
      const failed = await Promise.all(
        tables.map(async table => {
          const rows = await rowsOf(session, sessionsQuery({ keyspace, table }, since));
          return countFailedSessions(rows, parentId);
        }),
      );
      return { parent, ranges, failedSessions: failed.reduce((sum, count) => sum + count, 0) };
    });
  } catch (error) {
    if (error instanceof CqlError) return NOTHING_KNOWN;
    throw error;
  }
}

/** A quorum does not miss what one replica lacks; where there is none, what one of them has is better than nothing. */
async function rowsOf(session: CqlSession, query: string): Promise<Rows> {
  try {
    return await session.rows(query, "quorum");
  } catch (error) {
    if (error instanceof CqlError && error.kind === "not-able") return session.rows(query, "one");
    throw error;
  }
}
