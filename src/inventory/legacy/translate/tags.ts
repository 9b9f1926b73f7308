import type { LegacyHost, LegacySite } from "../model.ts";
import type { Notes } from "../notes.ts";
import { redundantTags, type DataCentres } from "./data-centres.ts";

/** What the names of a host beside its own say. */
export interface HostTags {
  site: string | undefined;
  tags: readonly string[];
}

/**
 * Sorts the tags of all hosts. A tag that each VM shares with its machine is a place, so it becomes the `site:` of the machine;
 * those that only say "VM", "machine" or the data centre again are left out, unless a section uses them.
 */
export function tagsOf(
  site: LegacySite,
  dataCentres: DataCentres,
  notes: Notes,
): ReadonlyMap<string, HostTags> {
  const used = new Set([...site.queries.values()].flat());
  const tags = [...new Set(site.hosts.flatMap(host => host.tags))];
  const places = new Set(tags.filter(tag => !used.has(tag) && isPlace(tag, site)));
  const left = new Set(redundantTags(site.hosts, dataCentres));
  for (const [tag, kind] of kindTags(site)) {
    if (used.has(tag)) continue;
    left.add(tag);
    notes.add(`the tag ${tag} is left out, @${kind} are the same hosts`);
  }
  return new Map(
    site.hosts.map(host => {
      const place = host.tags.find(tag => places.has(tag));
      const others = host.tags.filter(tag => tag !== place && (!left.has(tag) || used.has(tag)));
      return [host.name, { site: place, tags: others.filter(tag => tag !== host.name) }];
    }),
  );
}

/** Whether every VM has the tag exactly when its machine has it, and every other host with it is a machine of VMs. */
function isPlace(tag: string, { hosts, vms }: LegacySite): boolean {
  const machineOf = new Map(vms.map(({ host, machine }) => [host, machine]));
  const machines = new Set(machineOf.values());
  const tagged = hosts.filter(host => host.tags.includes(tag));
  return (
    tagged.some(host => machineOf.has(host)) &&
    tagged.every(host => machineOf.has(host) || machines.has(host)) &&
    vms.every(({ host, machine }) => host.tags.includes(tag) === machine.tags.includes(tag))
  );
}

function kindTags({ hosts, vms }: LegacySite): readonly (readonly [string, "vms" | "machines"])[] {
  if (vms.length === 0) return [];
  const guests = new Set(vms.map(({ host }) => host));
  const exactly = (tag: string, wanted: (host: LegacyHost) => boolean) =>
    hosts.every(host => host.tags.includes(tag) === wanted(host));
  return [...new Set(hosts.flatMap(host => host.tags))].flatMap((tag): [string, "vms" | "machines"][] => {
    if (exactly(tag, host => guests.has(host))) return [[tag, "vms"]];
    return exactly(tag, host => !guests.has(host)) ? [[tag, "machines"]] : [];
  });
}
