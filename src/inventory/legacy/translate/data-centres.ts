import { foldNames } from "../../../base/host-ranges.ts";
import type { PlaceRemark } from "../hosts-file.ts";
import type { LegacyHost, LegacySite } from "../model.ts";
import type { Notes } from "../notes.ts";
import { mostCommon } from "../plain.ts";
import type { SiteFacts } from "./context.ts";

const TAG = /^dc\d+$/i;

/** The data centre of each host by its name, machines and VMs alike. */
export type DataCentres = ReadonlyMap<string, string>;

/**
 * Finds the data centres. The old files have them in three places that do not always agree: `topology` of a node counts
 * most, then a `dcN` tag, then, for machines of which nothing else says it, the comment above them. A machine is where its
 * VMs are, and a VM where its machine is.
 */
export function dataCentresOf(
  site: LegacySite,
  { topology }: SiteFacts,
  { places, notes }: { places: ReadonlyMap<string, PlaceRemark>; notes: Notes },
): DataCentres {
  const spelling = tagSpelling(site.hosts, topology);
  const own = (host: LegacyHost) => topology.get(host.name)?.dc ?? spelling.get(tagOf(host) ?? "");
  const found = new Map(site.hosts.flatMap(host => entryOf(host.name, own(host))));
  const machines = new Set(site.vms.map(({ machine }) => machine));
  const remarked: string[] = [];
  for (const machine of site.hosts) {
    if (found.has(machine.name)) continue;
    const vms = site.vms.filter(vm => vm.machine === machine).map(({ host }) => host.name);
    const dc = mostCommon(vms.map(name => found.get(name)).filter(name => name !== undefined));
    const remark = dc === undefined && machines.has(machine) ? places.get(machine.name)?.dc : undefined;
    if (remark !== undefined) remarked.push(machine.name);
    for (const [name, value] of entryOf(machine.name, dc ?? remark)) found.set(name, value);
  }
  if (remarked.length > 0) {
    notes.add(`only comments say in which data centre these are: ${foldNames(remarked)}`);
  }
  for (const { host, machine } of site.vms) {
    const dc = found.get(host.name) ?? found.get(machine.name);
    for (const [name, value] of entryOf(host.name, dc)) found.set(name, value);
  }
  return found;
}

/** Tags that say nothing beyond the data centre: every host of one has the tag, and nobody else. */
export function redundantTags(hosts: readonly LegacyHost[], dataCentres: DataCentres): ReadonlySet<string> {
  const tags = new Set(hosts.flatMap(host => tagOf(host) ?? []));
  return new Set(
    [...tags].filter(tag => {
      const dcs = new Set(
        hosts.filter(host => host.tags.includes(tag)).map(({ name }) => dataCentres.get(name)),
      );
      const [dc] = dcs;
      return (
        dcs.size === 1 && hosts.every(host => host.tags.includes(tag) === (dataCentres.get(host.name) === dc))
      );
    }),
  );
}

function entryOf(name: string, dc: string | undefined): [string, string][] {
  return dc === undefined ? [] : [[name, dc]];
}

function tagOf({ tags }: LegacyHost): string | undefined {
  return tags.find(tag => TAG.test(tag));
}

/** `dc1` is spelled as the nodes with that tag spell their data centre. */
function tagSpelling(
  hosts: readonly LegacyHost[],
  topology: SiteFacts["topology"],
): ReadonlyMap<string, string> {
  const tags = new Set(hosts.flatMap(host => tagOf(host) ?? []));
  return new Map(
    [...tags].map(tag => {
      const nodes = hosts.filter(host => tagOf(host) === tag).map(({ name }) => topology.get(name)?.dc);
      return [tag, mostCommon(nodes.filter(dc => dc !== undefined)) ?? tag.toUpperCase()];
    }),
  );
}
