import * as v from "valibot";
import { readRows, Told } from "../ring/rows.ts";

/** What a node itself tells of repairs, by its virtual tables (Cassandra 4.1 and later); it forgets them when it stops. */
export const ACTIVITY_QUERIES = {
  repairs: "SELECT id, keyspace_name, completed, status, last_updated_at FROM system_views.repairs",
  validations:
    "SELECT id, keyspace_name, table_name, completed, progress_percentage, partitions_processed FROM system_views.repair_validations",
  streams:
    "SELECT id, operation, peers, status, progress_percentage, bytes_received, bytes_sent FROM system_views.streaming",
} as const;

type Rows = Readonly<Record<keyof typeof ACTIVITY_QUERIES, readonly unknown[]>>;

const Percent = v.nullish(v.number(), 0);
const RepairRow = v.object({
  keyspace_name: v.string(),
  completed: v.boolean(),
  status: v.nullish(v.string(), "begun"),
  last_updated_at: v.date(),
});
const ValidationRow = v.object({
  keyspace_name: v.string(),
  table_name: v.string(),
  completed: v.boolean(),
  progress_percentage: Percent,
  partitions_processed: v.nullish(Told, "0"),
});
const StreamRow = v.object({
  operation: v.string(),
  peers: v.nullish(v.array(v.string()), []),
  status: v.picklist(["init", "start", "success", "failure"]),
  progress_percentage: Percent,
  bytes_received: v.nullish(Told, "0"),
  bytes_sent: v.nullish(Told, "0"),
});

/**
 * What is under way on the node for repairs: what it coordinates, validates and streams, with numbers that change while it moves;
 * empty when there is nothing. Throws an OperatorError for rows that smc does not know.
 */
export function repairActivity({ repairs, validations, streams }: Rows): string[] {
  return [
    ...readRows("system_views.repairs", RepairRow, repairs)
      .filter(({ completed }) => !completed)
      .map(
        ({ keyspace_name: keyspace, status, last_updated_at: at }) =>
          `coordinates a repair of ${keyspace} (${status} at ${at.toISOString().slice(11, 19)})`,
      ),
    ...readRows("system_views.repair_validations", ValidationRow, validations)
      .filter(({ completed }) => !completed)
      .map(
        row =>
          `validates ${row.keyspace_name}.${row.table_name} (${row.progress_percentage.toFixed(0)}%, ${row.partitions_processed} partitions)`,
      ),
    ...readRows("system_views.streaming", StreamRow, streams)
      .filter(({ operation, status }) => /^repair$/i.test(operation) && /^(init|start)$/.test(status))
      .map(
        row =>
          `streams for a repair with ${row.peers.join(", ")} (${row.progress_percentage.toFixed(0)}%, ${row.bytes_received} bytes in, ${row.bytes_sent} out)`,
      ),
  ];
}
