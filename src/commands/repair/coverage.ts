import type { Milliseconds } from "../../base/units.ts";
import { coverageOf, type Coverage, type RepairedRanges } from "../../cassandra/repair/coverage.ts";
import {
  comparesAll,
  isRepairable,
  type RepairableTable,
  type TablesView,
} from "../../cassandra/repair/tables.ts";
import type { Keyspace, Partitioner } from "../../cassandra/ring/model.ts";
import type { LedgerEntry } from "../../state/repair-ledger.ts";

/** What was repaired of a table. */
export interface TableCoverage extends RepairableTable, Coverage {
  /** When what has waited longest must be repaired again; undefined where some of it never was, or deletions need no grace. */
  due: number | undefined;
  /** It is due within the margin, or some of it was never repaired. */
  expiring: boolean;
}

/** What the ledger has of every table that is kept more than once, at the time `now` with so much margin before it is due. */
export function tableCoverages(
  { keyspaces, tables, partitioner }: TablesView & { partitioner: Partitioner },
  entries: readonly LedgerEntry[],
  { now, margin }: { now: number; margin: Milliseconds },
): TableCoverage[] {
  const shared = new Map(keyspaces.filter(isRepairable).map(keyspace => [keyspace.name, keyspace]));
  return tables.flatMap(table => {
    const keyspace = shared.get(table.keyspace);
    if (keyspace === undefined) return [];
    const coverage = coverageOf(repairsOf(entries, keyspace, table.table), partitioner);
    return [{ ...table, ...coverage, ...dueOf(table, coverage, now + margin) }];
  });
}

function dueOf(
  { gcGrace }: RepairableTable,
  { share, oldest }: Coverage,
  limit: number,
): Pick<TableCoverage, "due" | "expiring"> {
  if (gcGrace === 0) return { due: undefined, expiring: false };
  if (share < 1 || oldest === undefined) return { due: undefined, expiring: true };
  const due = oldest + gcGrace;
  return { due, expiring: due <= limit };
}

function repairsOf(entries: readonly LedgerEntry[], keyspace: Keyspace, table: string): RepairedRanges[] {
  return entries
    .filter(
      entry =>
        entry.keyspace === keyspace.name &&
        (entry.tables.length === 0 || entry.tables.includes(table)) &&
        comparesAll(keyspace, entry.dataCentres),
    )
    .map(({ ranges, start }) => ({
      at: Date.parse(start),
      ranges: ranges.map(({ after, upTo }) => ({ after: BigInt(after), upTo: BigInt(upTo) })),
    }));
}
