import type { HostName } from "../../../base/names.ts";
import type { Pins } from "./decide.ts";

/** What is installed on a host: the version of each package that is not held. */
export interface InstalledOn {
  host: HostName;
  /** `debian bookworm amd64` */
  system: string;
  versions: ReadonlyMap<string, string>;
}

/**
 * The versions that hosts of one distribution and architecture have in common, for `only` those packages where it is said. A package that
 * has several versions among them is no pin, and named: which of them was tried is not to be said.
 */
export function pinsOf(
  hosts: readonly InstalledOn[],
  only: ReadonlySet<string> | undefined,
): { pins: Pins; mixed: readonly string[] } {
  const mixed: string[] = [];
  const bySystem = Map.groupBy(hosts, ({ system }) => system);
  const pins = new Map([...bySystem].map(([system, group]) => [system, common(group, only, mixed)]));
  return { pins, mixed };
}

function common(
  hosts: readonly InstalledOn[],
  only: ReadonlySet<string> | undefined,
  mixed: string[],
): ReadonlyMap<string, string> {
  const names = new Set(hosts.flatMap(({ versions }) => [...versions.keys()]));
  const chosen = [...names].filter(name => only === undefined || only.has(name)).toSorted();
  const pairs = chosen.flatMap(name => {
    const versions = [...new Set(hosts.flatMap(host => host.versions.get(name) ?? []))];
    const [version] = versions;
    if (versions.length === 1 && version !== undefined) return [[name, version] as const];
    mixed.push(`${name} ${versions.join(", ")}`);
    return [];
  });
  return new Map(pairs);
}
