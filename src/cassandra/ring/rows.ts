import * as v from "valibot";
import { OperatorError } from "../../base/operator-error.ts";

/** Reads the rows of a table that smc knows. Throws an OperatorError (`RING_ROW`) that names the column when one is otherwise. */
export function readRows<Schema extends v.GenericSchema>(
  table: string,
  schema: Schema,
  rows: readonly unknown[],
): v.InferOutput<Schema>[] {
  const result = v.safeParse(v.array(schema), rows);
  if (result.success) return result.output;
  throw unreadable(
    table,
    result.issues.map(issue => `${v.getDotPath(issue) ?? "row"}: ${issue.message}`),
  );
}

/** The error about rows that are none of the table's. */
export function unreadable(table: string, details: readonly string[]): OperatorError {
  return new OperatorError(`a row of ${table} is not as smc knows it`, { code: "RING_ROW", details });
}

/** Words, and the driver's own types for ids, addresses and large numbers, each of which tells what it is as a string. */
export const Told = v.pipe(v.union([v.string(), v.instance(Object)]), v.transform(String));
