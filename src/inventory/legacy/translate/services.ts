import type { LegacyInstance, LegacySite } from "../model.ts";
import type { Notes } from "../notes.ts";
import { compact, type PlainMap } from "../plain.ts";
import type { InstanceDraft, TranslateContext } from "./context.ts";
import { isKnownService, translateInstance } from "./instances.ts";
import { instancesEntry, type PortBlock } from "./ports.ts";

/** A service with its instances; one without any was switched off. */
export interface TranslatedService {
  name: string;
  instances: readonly InstanceDraft[];
  queries: readonly string[];
}

/** Where the topology file of the old tool put nodes that it did not name. */
const DEFAULT_PLACE = { dc: "DC0", rack: "RAC0" };

/** Turns the sections into settings of services, in the order of the file. */
export function translateServices(site: LegacySite, context: TranslateContext): readonly TranslatedService[] {
  const services = [...site.services]
    .filter(([name, instances]) => hasPlace(name, instances))
    .map(([name, instances]) => ({
      name,
      instances: instances.map(instance => translateInstance(instance, context)),
      queries: site.queries.get(name) ?? [],
    }));
  for (const [name, instances] of site.services)
    if (!hasPlace(name, instances)) context.notes.add(`[${name}] has no rows and is left out`);
  return services.map(service =>
    service.name === "cassandra" ? withPlaces(oneOnEachHost(service), context) : service,
  );
}

/** A service that was switched off is kept as absent where smc knows it; of others there would be nothing to write. */
function hasPlace(name: string, instances: readonly LegacyInstance[]): boolean {
  return instances.length > 0 || isKnownService(name);
}

/** A host has one node of the database; the first row of a host counts. */
function oneOnEachHost(service: TranslatedService): TranslatedService {
  const firsts = new Map(service.instances.toReversed().map(instance => [instance.host, instance]));
  const instances = [...firsts.values()].toReversed().map(instance => ({ ...instance, id: 0 }));
  return { ...service, instances };
}

/** Nodes that do not say where they are were in the first data centre, whatever tags and comments say. */
function withPlaces(service: TranslatedService, { facts, notes }: TranslateContext): TranslatedService {
  if (service.instances.length > 0 && facts.seeds.length === 0)
    notes.add("no row is a seed; smc takes the first two nodes of each data centre");
  const instances = service.instances.map(instance => {
    if (facts.topology.has(instance.host)) return instance;
    facts.topology.set(instance.host, DEFAULT_PLACE);
    return { ...instance, settings: { ...instance.settings, rack: DEFAULT_PLACE.rack } };
  });
  return { ...service, instances };
}

/** The settings of each host of a service, ports and ids with them. */
export function settingsByHost(
  { name, instances }: TranslatedService,
  block: PortBlock,
  { notes }: TranslateContext,
): ReadonlyMap<string, PlainMap> {
  const hosts = Map.groupBy(instances, ({ host }) => host);
  return new Map(
    [...hosts].map(([host, own]) => {
      const [first, ...others] = own;
      if (others.some(({ settings }) => JSON.stringify(settings) !== JSON.stringify(first?.settings)))
        notes.dropped(`${name}: settings of single instances`, {
          host,
          why: "those of the first count for all on the host",
        });
      const extra = isKnownService(name)
        ? instancesEntry(name, { instances: own, block })
        : customEntry({ name, host, instances: own }, notes);
      return [host, { ...first?.settings, ...extra }];
    }),
  );
}

/** A service of the site's own counts its instances from 0 and its ports on from the first of them. */
function customEntry(
  { name, host, instances }: { name: string; host: string; instances: readonly InstanceDraft[] },
  notes: Notes,
): PlainMap {
  const [first] = instances;
  if (instances.some(({ id }, index) => id !== index))
    notes.dropped(`${name}: ids`, { host, why: "left out, smc counts instances from 0" });
  const port = first?.ports["port"];
  return compact({
    instances: instances.length === 1 ? undefined : instances.length,
    ports: port === undefined ? undefined : { port },
  });
}
