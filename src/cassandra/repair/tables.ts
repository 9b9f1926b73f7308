import * as v from "valibot";
import type { Milliseconds } from "../../base/units.ts";
import type { Keyspace } from "../ring/model.ts";
import { readRows } from "../ring/rows.ts";

/** A table, with the time within which it must be repaired. */
export interface RepairableTable {
  keyspace: string;
  table: string;
  /** How long a deletion is remembered; 0 where it need not be. */
  gcGrace: Milliseconds;
}

/** What one node tells of all tables. */
export interface TablesView {
  /** As Cassandra names it, without its package. */
  partitioner: string;
  keyspaces: readonly Keyspace[];
  tables: readonly RepairableTable[];
}

/** The question whose rows `readTables` reads (Cassandra 3.0 and later). */
export const TABLES_QUERY = "SELECT keyspace_name, table_name, gc_grace_seconds FROM system_schema.tables";

const TableRow = v.object({
  keyspace_name: v.string(),
  table_name: v.string(),
  gc_grace_seconds: v.number(),
});

/** Reads the rows of system_schema.tables, in name order. */
export function readTables(rows: readonly unknown[]): RepairableTable[] {
  const tables = readRows("system_schema.tables", TableRow, rows).map(row => ({
    keyspace: row.keyspace_name,
    table: row.table_name,
    gcGrace: row.gc_grace_seconds * 1000,
  }));
  return tables.sort((a, b) => (`${a.keyspace}.${a.table}` < `${b.keyspace}.${b.table}` ? -1 : 1));
}

/** Whether there is something to repair in a keyspace: more than one replica. */
export function isRepairable({ replication }: Keyspace): boolean {
  if (replication.strategy === "local") return false;
  if (replication.strategy === "simple") return replication.factor > 1;
  return Object.values(replication.factors).reduce((sum, factor) => sum + factor, 0) > 1;
}

/** Whether a repair within these data centres (all when there are none) compared all replicas of a keyspace. */
export function comparesAll({ replication }: Keyspace, dataCentres: readonly string[]): boolean {
  if (dataCentres.length === 0) return true;
  if (replication.strategy !== "network") return false;
  return Object.entries(replication.factors).every(
    ([dc, factor]) => factor === 0 || dataCentres.includes(dc),
  );
}
