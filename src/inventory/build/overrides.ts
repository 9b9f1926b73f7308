import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { closest } from "../../base/suggest.ts";
import type { Host } from "../model.ts";
import type { Problems } from "../problems.ts";
import { select } from "../selection.ts";
import { expandEntries, type NamedEntry } from "../source/expand.ts";
import { asMap, mergeMaps, pick, type MapValue, type Value } from "../source/value.ts";

/** What the `hosts:` of a service say of single hosts. */
export type Overrides = ReadonlyMap<HostName, NamedEntry>;

/**
 * Reads the `hosts:` of a service. Keys are names, ranges or selections such as `@web`; those of groups and globs come
 * first whatever their place, so that a host that is named always wins over the groups that it is in.
 */
export function hostOverrides(
  value: Value | undefined,
  { hosts, problems }: { hosts: ReadonlyMap<HostName, Host>; problems: Problems },
): Overrides {
  const map = asMap(value);
  if (map === undefined) {
    if (value !== undefined)
      problems.add({ at: value.at, message: "hosts: must be a mapping of hosts to settings" });
    return new Map();
  }
  const overrides = groupOverrides(pick(map, isGroup), { hosts, problems });
  for (const [name, own] of expandEntries(
    pick(map, key => !isGroup(key)),
    problems,
  )) {
    if (hosts.has(name)) {
      const known = overrides.get(name);
      overrides.set(name, known === undefined ? own : { ...own, value: mergeMaps(known.value, own.value) });
    } else {
      const suggestion = () => similarHost(name, hosts);
      problems.add({ at: own.keyAt, message: `there is no host "${name}"`, suggestion });
    }
  }
  return overrides;
}

function isGroup(key: string): boolean {
  return /^[@!]|[*?, ]/.test(key);
}

function groupOverrides(
  map: MapValue,
  { hosts, problems }: { hosts: ReadonlyMap<HostName, Host>; problems: Problems },
): Map<HostName, NamedEntry> {
  const overrides = new Map<HostName, NamedEntry>();
  for (const [key, { keyAt, value }] of map.entries) {
    const own = asMap(value);
    if (own === undefined) problems.add({ at: value.at, message: `"${key}" must have keys of its own` });
    for (const { name } of own === undefined ? [] : selected(key, keyAt)) {
      const known = overrides.get(name);
      const merged = known === undefined || own === undefined ? own : mergeMaps(known.value, own);
      if (merged !== undefined) overrides.set(name, { name, keyAt, value: merged });
    }
  }
  return overrides;

  function selected(key: string, at: number): readonly Host[] {
    try {
      return select(hosts, [key]);
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      problems.add({ at, message: error.message, suggestion: error.hint });
      return [];
    }
  }
}

function similarHost(name: HostName, hosts: ReadonlyMap<HostName, Host>): string | undefined {
  const near = closest(name, hosts.keys());
  return near === undefined ? undefined : `did you mean ${near}?`;
}
