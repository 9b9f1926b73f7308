import * as v from "valibot";
import type { KeptRelease } from "./kept.ts";
import { readRows, Told } from "../ring/rows.ts";

/**
 * The questions to a node whose rows `readSchema` reads. A change of schema carries the time of its statement: of a table in every
 * column of its row, of a column in that of the column.
 */
export const SCHEMA_QUERIES = {
  keyspaces: "SELECT keyspace_name, WRITETIME(durable_writes) AS written FROM system_schema.keyspaces",
  tables: "SELECT keyspace_name, table_name, id, WRITETIME(id) AS written FROM system_schema.tables",
  columns:
    "SELECT keyspace_name, table_name, column_name, WRITETIME(position) AS written FROM system_schema.columns",
} as const;

/** When what a node has as its schema was written; microseconds since the epoch. */
export interface DatedSchema {
  keyspaces: readonly { keyspace: string; written: number }[];
  /** `place` is what the folder of its files is called: `KEYSPACE/TABLE-ID`, the id without its hyphens. */
  tables: readonly { name: string; place: string; written: number }[];
  columns: readonly { table: string; column: string; written: number }[];
}

/** Every release brings these itself, in its own shape; the first two are put back with the node. */
const OF_CASSANDRA = ["system", "system_schema", "system_auth", "system_distributed", "system_traces"];
const PUT_BACK = ["system", "system_schema"];

const Written = v.pipe(Told, v.regex(/^-?\d+$/), v.transform(Number));
const KeyspaceRow = v.object({ keyspace_name: v.string(), written: Written });
const TableRow = v.object({ keyspace_name: v.string(), table_name: v.string(), id: Told, written: Written });
const ColumnRow = v.object({
  keyspace_name: v.string(),
  table_name: v.string(),
  column_name: v.string(),
  written: Written,
});

/** Reads the answers to `SCHEMA_QUERIES`. Throws an OperatorError for rows that are none such. */
export function readSchema(
  rows: Readonly<Record<keyof typeof SCHEMA_QUERIES, readonly unknown[]>>,
): DatedSchema {
  return {
    keyspaces: readRows("system_schema.keyspaces", KeyspaceRow, rows.keyspaces).map(
      ({ keyspace_name: keyspace, written }) => ({ keyspace, written }),
    ),
    tables: readRows("system_schema.tables", TableRow, rows.tables)
      .filter(({ keyspace_name: keyspace }) => !OF_CASSANDRA.includes(keyspace))
      .map(({ keyspace_name: keyspace, table_name: table, id, written }) => ({
        name: `${keyspace}.${table}`,
        place: `${keyspace}/${table}-${id.replaceAll("-", "")}`,
        written,
      })),
    columns: readRows("system_schema.columns", ColumnRow, rows.columns)
      .filter(({ keyspace_name: keyspace }) => !OF_CASSANDRA.includes(keyspace))
      .map(row => ({
        table: `${row.keyspace_name}.${row.table_name}`,
        column: row.column_name,
        written: row.written,
      })),
  };
}

/** What of a schema is not in what nodes kept, by names. */
export interface SchemaChanges {
  /** Tables that some node did not have then. */
  made: readonly string[];
  /** Tables that were there, with columns that were not, or were others: `site.hub (notes)`. */
  reshaped: readonly string[];
  /** Tables whose options are others. */
  altered: readonly string[];
  /** Keyspaces that were made or are replicated in another way. */
  keyspaces: readonly string[];
}

/** How schemas, as nodes tell them, differ from what others kept: what going back to that would lose. */
export function schemaChanges(schemas: readonly DatedSchema[], kept: readonly KeptRelease[]): SchemaChanges {
  const since = Math.min(...kept.map(({ at }) => at)) * 1_000_000;
  const folders = kept.map(({ tables }) => new Set(tables));
  const tables = schemas.flatMap(schema => schema.tables);
  const made = tables.filter(({ place }) => folders.some(then => !then.has(place))).map(({ name }) => name);
  const columns = schemas
    .flatMap(schema => schema.columns)
    .filter(({ table, written }) => written > since && !made.includes(table));
  const reshaped = [...Map.groupBy(columns, ({ table }) => table)].map(([table, found]) => {
    const names = [...new Set(found.map(({ column }) => column))].toSorted();
    return { table, text: `${table} (${names.join(", ")})` };
  });
  const known = new Set([...made, ...reshaped.map(({ table }) => table)]);
  return {
    made: sorted(made),
    reshaped: sorted(reshaped.map(({ text }) => text)),
    altered: sorted(
      tables.filter(({ name, written }) => written > since && !known.has(name)).map(({ name }) => name),
    ),
    keyspaces: sorted(
      schemas
        .flatMap(schema => schema.keyspaces)
        .filter(({ keyspace, written }) => written > since && !PUT_BACK.includes(keyspace))
        .map(({ keyspace }) => keyspace),
    ),
  };
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted();
}
