import { counted } from "../../../base/counted.ts";
import { foldNames } from "../../../base/host-ranges.ts";
import type { HostName } from "../../../base/names.ts";
import type { HostChanges } from "../../../services/release/packages/decide.ts";
import type { PackageChange } from "../../../services/release/packages/model.ts";
import type { PlannedPackages } from "./model.ts";

/** What is to come, for people: who gets what, from which version to which, and what else there is to know. */
export function describePackages({ decision }: PlannedPackages): string {
  const alike = Map.groupBy(decision.changes, ({ changes }) => JSON.stringify(changes.map(lineOf)));
  const groups = [...alike.values()].flatMap(describeGroup);
  const unchanged =
    decision.unchanged.length === 0 ? [] : [`${foldNames(decision.unchanged)}: nothing to upgrade`];
  return [...groups, ...unchanged, ...notesOf(decision.notes), ""].join("\n");
}

/** The same for scripts. */
export function packagesToJson({ decision }: PlannedPackages): object {
  return { hosts: decision.changes, unchanged: decision.unchanged, notes: decision.notes };
}

/** Lines of notes, those that are the same under folded names. */
export function notesOf(notes: readonly { host: HostName; note: string }[]): string[] {
  const alike = Map.groupBy(notes, ({ note }) => note);
  return [...alike].map(([note, group]) => `note: ${foldNames(group.map(({ host }) => host))}: ${note}`);
}

function describeGroup(group: readonly HostChanges[]): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const names = foldNames(group.map(({ host }) => host));
  return [`${names}: ${counted(first.changes.length, "package")}`, ...first.changes.map(lineOf)];
}

function lineOf({ name, from, to }: PackageChange): string {
  return from === undefined ? `  ${name} ${to}, new` : `  ${name} ${from} → ${to}`;
}
