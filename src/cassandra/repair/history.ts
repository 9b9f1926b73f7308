import * as v from "valibot";
import type { RepairHistory } from "../nodetool/repair/verdict.ts";
import { readRows, Told } from "../ring/rows.ts";

const Ranges = v.nullish(v.array(v.string()), []);
const ParentRow = v.object({
  columnfamily_names: v.nullish(v.array(v.string()), []),
  requested_ranges: Ranges,
  successful_ranges: Ranges,
  exception_message: v.nullish(v.string()),
  finished_at: v.nullish(v.date()),
});
const SessionRow = v.object({ parent_id: Told, status: v.string() });

/** The question for a repair by its parent session, an UUID (SystemDistributedKeyspace, 2.2 to 5.0). */
export function parentQuery(parent: string): string {
  return `SELECT columnfamily_names, requested_ranges, successful_ranges, exception_message, finished_at FROM system_distributed.parent_repair_history WHERE parent_id = ${parent}`;
}

/** The question for the sessions of a table that began at `since` or later, milliseconds since the epoch. */
export function sessionsQuery(table: { keyspace: string; table: string }, since: number): string {
  const from = new Date(since).toISOString().replace("T", " ").replace("Z", "+0000");
  return `SELECT parent_id, status FROM system_distributed.repair_history WHERE keyspace_name = '${table.keyspace}' AND columnfamily_name = '${table.table}' AND id >= minTimeuuid('${from}')`;
}

/** A repair as the history has it. */
export interface RecordedRepair {
  /** `unknown` where it has no row of it. */
  parent: RepairHistory["parent"];
  tables: readonly string[];
  /** The ranges that were repaired, `(after,upTo]`. */
  ranges: readonly string[];
}

/** Reads the row of a repair. */
export function readParent(rows: readonly unknown[]): RecordedRepair {
  const [row] = readRows("system_distributed.parent_repair_history", ParentRow, rows);
  if (row === undefined) return { parent: "unknown", tables: [], ranges: [] };
  return { parent: stateOf(row), tables: row.columnfamily_names, ranges: row.successful_ranges };
}

function stateOf(row: v.InferOutput<typeof ParentRow>): RepairHistory["parent"] {
  if (row.exception_message !== null && row.exception_message !== undefined) return "failed";
  if (row.finished_at === null || row.finished_at === undefined) return "unfinished";
  const successful = new Set(row.successful_ranges);
  const whole = row.requested_ranges.length > 0 && row.requested_ranges.every(range => successful.has(range));
  return whole ? "succeeded" : "failed";
}

/** How many of the sessions of a repair failed. */
export function countFailedSessions(rows: readonly unknown[], parent: string): number {
  const sessions = readRows("system_distributed.repair_history", SessionRow, rows);
  return sessions.filter(session => session.parent_id === parent && session.status === "FAILED").length;
}
