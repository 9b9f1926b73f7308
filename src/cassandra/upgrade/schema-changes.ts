import * as v from "valibot";
import type { KeptRelease } from "./kept.ts";
import { readRows, Told } from "../ring/rows.ts";

/**
 * The questions to a node whose rows `readSchema` reads. A change of schema carries the time of its statement: of a table in every
 * column of its row, of a column in that of the column. A view is a table with a folder of its own.
 */
export const SCHEMA_QUERIES = {
  keyspaces: "SELECT keyspace_name, WRITETIME(durable_writes) AS written FROM system_schema.keyspaces",
  tables: "SELECT keyspace_name, table_name, id, WRITETIME(id) AS written FROM system_schema.tables",
  columns:
    "SELECT keyspace_name, table_name, column_name, WRITETIME(position) AS written FROM system_schema.columns",
  views: "SELECT keyspace_name, view_name, id, WRITETIME(id) AS written FROM system_schema.views",
  types: "SELECT keyspace_name, type_name, WRITETIME(field_names) AS written FROM system_schema.types",
  functions: "SELECT keyspace_name, function_name, WRITETIME(body) AS written FROM system_schema.functions",
  aggregates:
    "SELECT keyspace_name, aggregate_name, WRITETIME(state_func) AS written FROM system_schema.aggregates",
} as const;

/** When what a node has as its schema was written; microseconds since the epoch. */
export interface DatedSchema {
  keyspaces: readonly { keyspace: string; written: number }[];
  /** `place` is what the folder of its files is called: `KEYSPACE/TABLE-ID`, the id without its hyphens. */
  tables: readonly { name: string; place: string; written: number }[];
  columns: readonly { table: string; column: string; written: number }[];
  /** Types, functions and aggregates: `type site.address`. */
  others: readonly { name: string; written: number }[];
}

/** Every release brings these itself, in its own shape; the first two are put back with the node. */
const OF_CASSANDRA = ["system", "system_schema", "system_auth", "system_distributed", "system_traces"];
const PUT_BACK = ["system", "system_schema"];

const Written = v.pipe(Told, v.regex(/^-?\d+$/), v.transform(Number));
const KeyspaceRow = v.object({ keyspace_name: v.string(), written: Written });
const TableRow = v.object({ keyspace_name: v.string(), table_name: v.string(), id: Told, written: Written });
const ViewRow = v.object({ keyspace_name: v.string(), view_name: v.string(), id: Told, written: Written });
const TypeRow = v.object({ keyspace_name: v.string(), type_name: v.string(), written: Written });
const FunctionRow = v.object({ keyspace_name: v.string(), function_name: v.string(), written: Written });
const AggregateRow = v.object({ keyspace_name: v.string(), aggregate_name: v.string(), written: Written });
const ColumnRow = v.object({
  keyspace_name: v.string(),
  table_name: v.string(),
  column_name: v.string(),
  written: Written,
});

/** Reads the answers to `SCHEMA_QUERIES`. Throws an OperatorError for rows that are none such. */
export function readSchema(rows: SchemaRows): DatedSchema {
  return {
    keyspaces: readRows("system_schema.keyspaces", KeyspaceRow, rows.keyspaces).map(
      ({ keyspace_name: keyspace, written }) => ({ keyspace, written }),
    ),
    tables: tablesOf(rows),
    columns: readRows("system_schema.columns", ColumnRow, rows.columns)
      .filter(({ keyspace_name: keyspace }) => !OF_CASSANDRA.includes(keyspace))
      .map(row => ({
        table: `${row.keyspace_name}.${row.table_name}`,
        column: row.column_name,
        written: row.written,
      })),
    others: othersOf(rows),
  };
}

type SchemaRows = Readonly<Record<keyof typeof SCHEMA_QUERIES, readonly unknown[]>>;

function tablesOf(rows: SchemaRows): DatedSchema["tables"] {
  const views = readRows("system_schema.views", ViewRow, rows.views);
  return [
    ...readRows("system_schema.tables", TableRow, rows.tables),
    ...views.map(({ view_name: table, ...row }) => ({ ...row, table_name: table })),
  ]
    .filter(({ keyspace_name: keyspace }) => !OF_CASSANDRA.includes(keyspace))
    .map(({ keyspace_name: keyspace, table_name: table, id, written }) => ({
      name: `${keyspace}.${table}`,
      place: `${keyspace}/${table}-${id.replaceAll("-", "")}`,
      written,
    }));
}

function othersOf({ types, functions, aggregates }: SchemaRows): DatedSchema["others"] {
  return [
    ...readRows("system_schema.types", TypeRow, types).map(row => ({
      ...row,
      kind: "type",
      name: row.type_name,
    })),
    ...readRows("system_schema.functions", FunctionRow, functions).map(row => ({
      ...row,
      kind: "function",
      name: row.function_name,
    })),
    ...readRows("system_schema.aggregates", AggregateRow, aggregates).map(row => ({
      ...row,
      kind: "aggregate",
      name: row.aggregate_name,
    })),
  ]
    .filter(row => !OF_CASSANDRA.includes(row.keyspace_name))
    .map(row => ({ name: `${row.kind} ${row.keyspace_name}.${row.name}`, written: row.written }));
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
  /** Types, functions and aggregates that were made or changed. */
  others: readonly string[];
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
    others: sorted(
      schemas
        .flatMap(schema => schema.others)
        .filter(({ written }) => written > since)
        .map(({ name }) => name),
    ),
  };
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted();
}
