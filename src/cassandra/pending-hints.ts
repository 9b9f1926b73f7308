import * as v from "valibot";
import { OperatorError } from "../base/operator-error.ts";

/** The writes that a node keeps for others until they can take them (virtual table since Cassandra 4.1, CASSANDRA-14309). */
export const HINTS_QUERY = "SELECT address, files FROM system_views.pending_hints";

/** How many files of hints a node has for another one. */
export interface PendingHints {
  address: string;
  files: number;
}

/** The address is null for a node that the ring has forgotten: nobody will ever take those. */
const Row = v.object({
  address: v.nullish(v.pipe(v.union([v.string(), v.instance(Object)]), v.transform(String))),
  files: v.pipe(v.number(), v.integer()),
});

/** Reads the rows of the table. Throws an OperatorError for rows that are none such. */
export function readPendingHints(rows: readonly unknown[]): PendingHints[] {
  const result = v.safeParse(v.array(Row), rows);
  if (!result.success) {
    throw new OperatorError("the rows of system_views.pending_hints are not as smc knows them", {
      code: "HINTS_ROW",
      details: result.issues.map(issue => `${v.getDotPath(issue) ?? "row"}: ${issue.message}`),
    });
  }
  return result.output.flatMap(({ address, files }) =>
    address === null || address === undefined || files === 0 ? [] : [{ address, files }],
  );
}

/** What is owed to nodes that could take it, in words; undefined when it is nothing. Nodes that are away cannot. */
export function describeOwed(hints: readonly PendingHints[], away: readonly string[]): string | undefined {
  const owed = hints.filter(({ address }) => !away.includes(address));
  if (owed.length === 0) return undefined;
  const each = owed.map(({ address, files }) => `${address} (${files === 1 ? "1 file" : `${files} files`})`);
  return `writes are kept as hints for ${each.join(", ")}`;
}
