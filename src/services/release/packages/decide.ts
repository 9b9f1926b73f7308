import type { HostName } from "../../../base/names.ts";
import type { PackageChange, SeenChanges, SeenSystem } from "./model.ts";

/** What was seen of the packages of a host, or why nothing was. */
export type PackageSight = { host: HostName } & ({ seen: SeenSystem & SeenChanges } | { why: string });

/** A host with the packages that change on it. */
export interface HostChanges {
  host: HostName;
  changes: readonly PackageChange[];
}

/** What is to be done, all that speaks against it, and what the operator has to know of it. */
export interface PackageDecision {
  changes: readonly HostChanges[];
  unchanged: readonly HostName[];
  problems: readonly string[];
  /** Packages that were named and that none of the hosts has. */
  absentEverywhere: readonly string[];
  /** By host, one line each. */
  notes: readonly { host: HostName; note: string }[];
}

/** Versions by the name of their package, for hosts with one and the same distribution and architecture. */
export type Pins = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Who changes what. `pins`: those versions and no others. */
export function decidePackages(sights: readonly PackageSight[], pins?: Pins): PackageDecision {
  const seen = sights.flatMap(sight => ("seen" in sight ? [sight] : []));
  const silent = sights.flatMap(sight => ("why" in sight ? [`${sight.host}: ${sight.why}`] : []));
  const problems = seen.flatMap(({ host, seen: of }) =>
    problemsOf(of, pins).map(problem => `${host}: ${problem}`),
  );
  const going = seen.filter(({ seen: { changes } }) => changes.length > 0);
  return {
    changes: going.map(({ host, seen: { changes } }) => ({ host, changes })),
    unchanged: seen.filter(sight => !going.includes(sight)).map(({ host }) => host),
    problems: [...silent, ...problems],
    absentEverywhere: (seen[0]?.seen.absent ?? []).filter(name =>
      seen.every(({ seen: { absent } }) => absent.includes(name)),
    ),
    notes: seen.flatMap(({ host, seen: of }) => notesOf(of).map(note => ({ host, note }))),
  };
}

function problemsOf(seen: SeenSystem & SeenChanges, pins: Pins | undefined): string[] {
  const { unfinished, removed, missing } = seen;
  return [
    ...(unfinished.length === 0
      ? []
      : [`dpkg was interrupted there: sudo dpkg --configure -a (it says: ${unfinished[0] ?? ""})`]),
    ...removed.map(name => `apt would remove ${name}, and smc removes no package`),
    ...missing.map(pin => `no repository there offers ${pin}`),
    ...(pins === undefined ? [] : strayOf(seen, pins)),
  ];
}

/** What would come along in another version than the one that was tried, or that nobody tried. */
function strayOf({ system, changes }: SeenSystem & SeenChanges, pins: Pins): string[] {
  const versions = pins.get(system);
  if (versions === undefined)
    return [`nothing was tried on ${system}: the file is of ${[...pins.keys()].join(", ")}`];
  return changes.flatMap(({ name, to }) =>
    versions.get(name) === to ? [] : [`${name} ${to} would come along, and it is not what was tried`],
  );
}

function notesOf({
  held,
  changes,
  keptBack,
  newer,
  absent,
  stuck,
  reboot,
}: SeenSystem & SeenChanges): string[] {
  const comes = changes.filter(({ from }) => from === undefined).map(({ name, to }) => `${name} ${to}`);
  const lost = changes.filter(({ from, before }) => from !== undefined && before === undefined);
  const back = keptBack.filter(name => !held.includes(name));
  return [
    ...list("held, and left alone", held),
    ...list("left alone, since apt would have to remove something for them", back),
    ...list("left alone, since they are newer there", newer),
    ...list("new, since others need them", comes),
    ...list(
      stuck === undefined
        ? "no way back, since nobody offers the version before any more"
        : `no way back, since packages would not go together (${stuck})`,
      lost.map(({ name }) => name),
    ),
    ...list("not there", absent),
    ...rebootNote(reboot),
  ];
}

/** What is to be said of a host that waits for a reboot: nothing where it does not. */
export function rebootNote({ required, running, newest }: SeenSystem["reboot"]): string[] {
  if (newest !== undefined && newest !== running)
    return [`waits for a reboot: it runs the kernel ${running} and has ${newest}`];
  return required ? ["waits for a reboot, as its distribution says"] : [];
}

function list(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(", ")}`];
}
