import * as v from "valibot";
import { readRows, Told, unreadable } from "../ring/rows.ts";

/** What a node itself tells of repairs, by its virtual tables (Cassandra 4.1 and later); it forgets them when it stops. */
export const ACTIVITY_QUERIES = {
  repairs: "SELECT id, keyspace_name, completed, status FROM system_views.repairs",
  participations: "SELECT id, initiator, completed FROM system_views.repair_participates",
  validations:
    "SELECT id, keyspace_name, table_name, completed, progress_percentage, partitions_processed FROM system_views.repair_validations",
  streams:
    "SELECT id, operation, peers, status, progress_percentage, bytes_received, bytes_sent FROM system_views.streaming",
} as const;

type Rows = Readonly<Record<"repairs" | "validations" | "streams", readonly unknown[]>>;

const Percent = v.nullish(v.number(), 0);
const RepairRow = v.object({
  keyspace_name: v.string(),
  completed: v.boolean(),
  status: v.nullish(v.string(), "begun"),
});
const ParticipationRow = v.object({ id: Told, initiator: v.string(), completed: v.boolean() });
const OwnRow = v.object({ completed: v.boolean() });
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
      .map(({ keyspace_name: keyspace, status }) => `coordinates a repair of ${keyspace} (${status})`),
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

/** What a node streams for something else than a repair, such as a node that joins. Throws an OperatorError for rows that smc does not know. */
export function otherStreams(rows: readonly unknown[]): string[] {
  return readRows("system_views.streaming", StreamRow, rows)
    .filter(({ operation, status }) => !/^repair$/i.test(operation) && /^(init|start)$/.test(status))
    .map(({ operation, peers }) => `streams (${operation}) with ${peers.join(", ")}`);
}

/** A repair that a node took part in and was not told the end of. */
export interface OpenParticipation {
  id: string;
  /** The address of the node that coordinates it. */
  coordinator: string;
}

/**
 * The repairs of other nodes that the node at `own` has not heard the end of. Seen on 5.0.6: where the coordinator died they
 * stay so until the node itself is restarted, so only the coordinator can tell whether one goes on.
 */
export function openParticipations(rows: readonly unknown[], own: string): OpenParticipation[] {
  return readRows("system_views.repair_participates", ParticipationRow, rows)
    .filter(({ completed }) => !completed)
    .map(({ id, initiator }) => ({ id, coordinator: addressOf(initiator) }))
    .filter(({ coordinator }) => coordinator !== own);
}

/** The question to a coordinator about a repair by its id, an UUID. */
export function goesOnQuery(id: string): string {
  return `SELECT completed FROM system_views.repairs WHERE id = ${id}`;
}

/** Whether the repair goes on; one that the coordinator does not know ended with an earlier life of it. */
export function readGoesOn(rows: readonly unknown[]): boolean {
  return readRows("system_views.repairs", OwnRow, rows).some(({ completed }) => !completed);
}

/** Reads `/127.0.0.1:7000`, `name/127.0.0.1:7000` and `/[2001:db8::1]:7000`, as Java writes an address. */
function addressOf(initiator: string): string {
  const match = /^[^/]*\/\[?([\d.a-f:]+?)\]?:\d+$/i.exec(initiator);
  if (match?.[1] === undefined)
    throw unreadable("system_views.repair_participates", [`initiator: ${initiator}`]);
  return match[1];
}
