import type { HostName } from "../../base/names.ts";
import type { NamedEntry } from "../source/expand.ts";
import { expandKey, fillCaptures } from "../source/expand.ts";
import { get, type Entry, type MapValue } from "../source/value.ts";
import type { BuildContext } from "./context.ts";

/**
 * Resolves placements that are written as a mapping, `at: {compute[01-02]: 01salvus, compute[03-04]: 02salvus}`: every VM
 * gets the machine of the range that names it. One without a range keeps no `at`.
 */
export function placeVms(
  vms: ReadonlyMap<HostName, NamedEntry>,
  context: BuildContext,
): Map<HostName, NamedEntry> {
  // Without captures all VMs of a range share one mapping: it is expanded once.
  const expanded = new Map<MapValue, ReadonlyMap<HostName, Entry>>();
  const placed = new Map<HostName, NamedEntry>();
  for (const [name, vm] of vms) {
    const at = get(vm.value, "at");
    if (at?.kind !== "map") {
      placed.set(name, vm);
      continue;
    }
    const places = expanded.get(at) ?? expandPlaces(at, { vms, context });
    expanded.set(at, places);
    const entries = new Map(vm.value.entries);
    const place = places.get(name);
    if (place === undefined) entries.delete("at");
    else entries.set("at", place);
    placed.set(name, { ...vm, value: { ...vm.value, entries } });
  }
  return placed;
}

function expandPlaces(
  at: MapValue,
  { vms, context }: { vms: ReadonlyMap<HostName, NamedEntry>; context: BuildContext },
): ReadonlyMap<HostName, Entry> {
  const { problems } = context;
  const places = new Map<HostName, Entry>();
  for (const [key, { keyAt, value }] of at.entries) {
    for (const name of expandKey(key, keyAt, problems)) {
      if (!vms.has(name.name))
        problems.add({ at: keyAt, message: `${name.name} is placed here and is no VM` });
      places.set(name.name, { keyAt, value: fillCaptures(value, { ...name, key, problems }) });
    }
  }
  return places;
}
