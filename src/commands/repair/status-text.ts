import { formatDuration } from "../../base/units.ts";
import { renderTable } from "../../report/table.ts";
import type { TableCoverage } from "./coverage.ts";

/** The coverage for people: a row for tables of a keyspace that are alike. */
export function coverageToText(coverages: readonly TableCoverage[], now: number): string {
  const alike = Map.groupBy(coverages, row => JSON.stringify({ ...row, table: "" }));
  const rows = [...alike.values()].flatMap(group => {
    const [first] = group;
    if (first === undefined) return [];
    const { keyspace, share, oldest, gcGrace } = first;
    return [
      [
        keyspace,
        group.map(({ table }) => table).join(", "),
        percentage(share),
        oldest === undefined ? "never" : `${formatDuration(now - oldest)} ago`,
        gcGrace === 0 ? "none" : formatDuration(gcGrace),
        dueText(first, now),
      ],
    ];
  });
  return renderTable(["keyspace", "tables", "repaired", "oldest", "gc grace", "due"], rows);
}

/** The same for scripts. */
export function coverageToJson(deployment: string, coverages: readonly TableCoverage[]): object {
  return {
    version: 1,
    deployment,
    tables: coverages.map(({ keyspace, table, gcGrace, share, oldest, due, expiring }) => ({
      keyspace,
      table,
      gcGraceSeconds: gcGrace / 1000,
      coverage: share,
      oldestRepairedAt: timeOf(oldest),
      dueAt: timeOf(due),
      expiring,
    })),
  };
}

/** Rounded down: 100 % is all of it. */
function percentage(share: number): string {
  return `${(Math.floor(share * 1000) / 10).toFixed(1)}%`;
}

function dueText({ due, gcGrace }: TableCoverage, now: number): string {
  if (gcGrace === 0) return "never";
  if (due === undefined) return "now";
  return due <= now ? `${formatDuration(now - due)} ago` : `in ${formatDuration(due - now)}`;
}

function timeOf(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
