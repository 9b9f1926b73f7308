import { counted } from "../../../base/counted.ts";
import { foldNames } from "../../../base/host-ranges.ts";
import type { HostName } from "../../../base/names.ts";
import type { HostChanges } from "../../../services/release/packages/decide.ts";
import type { PackageChange } from "../../../services/release/packages/model.ts";
import type { PlannedPackages } from "./model.ts";

/** What is to come, for people: who gets what, from which version to which, and what else there is to know. */
export function describePackages({ decision, direction }: PlannedPackages): string {
  const lineOf = direction === "back" ? backLine : forwardLine;
  const alike = Map.groupBy(decision.changes, ({ changes }) => JSON.stringify(changes.map(lineOf)));
  const groups = [...alike.values()].flatMap(group => describeGroup(group, lineOf));
  const unchanged =
    decision.unchanged.length === 0
      ? []
      : [`${foldNames(decision.unchanged)}: nothing to ${direction === "back" ? "put back" : "upgrade"}`];
  return [...groups, ...unchanged, ...notesOf(decision.notes), ""].join("\n");
}

/** The same for scripts. */
export function packagesToJson({ decision, direction }: PlannedPackages): object {
  return { direction, hosts: decision.changes, unchanged: decision.unchanged, notes: decision.notes };
}

/** Lines of notes, those that are the same under folded names. */
export function notesOf(notes: readonly { host: HostName; note: string }[]): string[] {
  const alike = Map.groupBy(notes, ({ note }) => note);
  return [...alike].map(([note, group]) => `note: ${foldNames(group.map(({ host }) => host))}: ${note}`);
}

function describeGroup(group: readonly HostChanges[], lineOf: (change: PackageChange) => string): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const names = foldNames(group.map(({ host }) => host));
  return [`${names}: ${counted(first.changes.length, "package")}`, ...first.changes.map(lineOf)];
}

function backLine({ name, from, to }: PackageChange): string {
  return `  ${name} ${to} → ${from ?? ""}`;
}

function forwardLine({ name, from, to }: PackageChange): string {
  return from === undefined ? `  ${name} ${to}, new` : `  ${name} ${from} → ${to}`;
}
