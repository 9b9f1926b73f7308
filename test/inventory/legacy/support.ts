import { readFileSync } from "node:fs";
import { importSite, type ImportResult } from "../../../src/inventory/legacy/import.ts";
import { parseSettings } from "../../../src/inventory/legacy/settings.ts";
import type { Deployment } from "../../../src/inventory/model.ts";
import { inventoryOf, short } from "../support.ts";
import type { OldSite } from "./old-parser.ts";

const GIGABYTE = 1024 ** 3;

export interface Pair {
  hosts: string;
  services: string;
}

export function readPair(folder: string): Pair {
  const read = (name: string) => readFileSync(new URL(`fixtures/${folder}/${name}`, import.meta.url), "utf8");
  return { hosts: read("hosts"), services: read("services") };
}

export function runImport({ hosts, services }: Pair, set: readonly string[] = []): ImportResult {
  return importSite({
    hosts: { file: "hosts", text: hosts },
    services: { file: "services", text: services },
    deployment: "site",
    settings: parseSettings(set),
    from: "old",
  });
}

/** The text of an import that must have no errors. */
export function importedText(pair: Pair, set: readonly string[] = []): string {
  const { text, problems } = runImport(pair, set);
  if (text === undefined) throw new Error(problems.map(short).join("\n"));
  return text;
}

/** What the loader makes of the imported file. References keep their own text as their value. */
export function importedSite(pair: Pair, set: readonly string[] = []): Deployment {
  const resolvers = {
    env: (name: string) => `(${name})`,
    json: (path: string) => ({ value: { project_id: `id-of-${path}` } }),
    hasSecret: () => true,
  };
  const text = importedText(pair, set);
  const site = inventoryOf(text, { resolvers }).deployments.get("site");
  if (site === undefined) throw new Error("no deployment");
  return site;
}

/** A deployment in the terms of the old parser. */
export function asOldSite({ hosts, instances }: Deployment): OldSite {
  const addressOf = (name: string) => hosts.get(name)?.address ?? name;
  const all = [...hosts.values()];
  const nodes = instances.filter(({ service }) => service === "cassandra");
  return {
    addresses: all.map(({ address }) => address),
    names: Object.fromEntries(all.map(({ address, name }) => [address, name])),
    vms: all.flatMap(({ name, address, cores, ram, vm }) => {
      if (vm === undefined) return [];
      const disks = [...vm.disks].map(([disk, { size }]) => [disk, (size ?? 0) / GIGABYTE] as const);
      const machine = addressOf(vm.machine);
      const sizes = { vcpus: cores ?? 0, ram: (ram ?? 0) / GIGABYTE, disks: Object.fromEntries(disks) };
      return [{ name, machine, address, ...sizes }];
    }),
    instances: instances.map(({ service, host, id, ports }) => ({
      service,
      address: addressOf(host),
      id,
      ports,
    })),
    topology: Object.fromEntries(
      nodes.map(({ host, settings }) => [
        addressOf(host),
        `${hosts.get(host)?.dc ?? ""}:${String(settings["rack"])}`,
      ]),
    ),
    seeds: ((nodes[0]?.settings["seeds"] ?? []) as string[]).map(addressOf),
  };
}

/** In one order, and without names that the old parser did not give for certain. */
export function comparable(site: OldSite, certain: OldSite["names"]): OldSite {
  const sorted = <T>(items: readonly T[]) =>
    items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const names = Object.keys(certain).map(address => [address, site.names[address]] as const);
  return {
    addresses: sorted(site.addresses),
    names: Object.fromEntries(names) as Record<string, string>,
    vms: site.vms.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    instances: site.instances.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    topology: site.topology,
    seeds: sorted(site.seeds),
  };
}

function keyOf({ service, address, id }: OldSite["instances"][number]): string {
  return `${service} ${address} ${id}`;
}
