import { foldNames } from "../../base/host-ranges.ts";
import { formatDuration, formatSize } from "../../base/units.ts";
import { renderTable } from "../../report/table.ts";
import type { InstanceStatus } from "./model.ts";

const HEADINGS = [
  "service",
  "hosts",
  "instances",
  "role",
  "state",
  "since",
  "pid",
  "memory",
  "version",
  "ring",
  "",
];

/**
 * One table of all instances, equal ones folded into one row: `hub  web[1-19]  76  web  running …`. Times, pids and
 * memory of a folded row are ranges. `now` is milliseconds since the epoch.
 */
export function statusTable(statuses: readonly InstanceStatus[], now: number): string {
  const rows = [...Map.groupBy(statuses, sameness).values()].map(group => row(group, now));
  const used = HEADINGS.map((_, column) => rows.some(cells => cells[column] !== ""));
  const keep = (cells: readonly string[]): string[] => cells.filter((_, column) => used[column]);
  return renderTable(keep(HEADINGS), rows.map(keep));
}

/** A last line that says in a few words how the site is. */
export function statusSummary(statuses: readonly InstanceStatus[]): string {
  const counts = Map.groupBy(statuses, ({ state }) => state);
  const order = ["running", "starting", "not serving", "stopped", "failed", "unknown"] as const;
  const parts = order.flatMap(state => {
    const group = counts.get(state);
    return group === undefined ? [] : [`${group.length} ${state}`];
  });
  return `${parts.join(", ")}\n`;
}

function sameness(status: InstanceStatus): string {
  const { service, role, state, version, ring, detail } = status;
  return JSON.stringify([service, role, state, version, ring, detail]);
}

function row(group: readonly InstanceStatus[], now: number): string[] {
  const [first] = group;
  if (first === undefined) return [];
  return [
    first.service,
    foldNames([...new Set(group.map(({ host }) => host))]),
    String(group.length),
    first.role ?? "",
    first.state,
    range(group.map(({ since }) => since).toSorted(descending), since => formatDuration(now - since)),
    group.length === 1 ? String(first.pid ?? "") : "",
    range(group.map(({ memory }) => memory).toSorted(ascending), formatSize),
    first.version ?? "",
    first.ring ?? "",
    first.detail ?? "",
  ];
}

/** `3m` or `3m–5m`: the ends of a list that is in order, unknown values left out. */
function range(values: readonly (number | undefined)[], format: (value: number) => string): string {
  const known = values.filter(value => value !== undefined);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return "";
  const [from, to] = [format(first), format(last)];
  return from === to ? from : `${from}–${to}`;
}

function ascending(a: number | undefined, b: number | undefined): number {
  return (a ?? 0) - (b ?? 0);
}

function descending(a: number | undefined, b: number | undefined): number {
  return ascending(b, a);
}
