import type { HostName } from "../base/names.ts";
import type { Deployment, Host, Instance } from "./model.ts";

/** What scripts read: plain objects and lists, sizes in bytes, durations in milliseconds, tokens as text. */
export type Plain = Readonly<Record<string, unknown>>;

/** One deployment in full, for `smc inventory --json`. */
export function deploymentView(deployment: Deployment): Plain {
  const { name, site, transport, baseUrl, ports, ssh, timeouts, vpn, secrets } = deployment;
  const hosts = [...deployment.hosts.values()];
  return {
    name,
    site,
    transport,
    baseUrl,
    ports,
    ssh,
    timeouts,
    vpn: vpn ?? null,
    secrets: secrets ?? [],
    dataCentres: dataCentresOf(hosts),
    seeds: seedsOf(deployment),
    hosts: hosts.map(hostView),
    vms: hosts.filter(({ vm }) => vm !== undefined).map(vmView),
    services: [...deployment.services.values()].map(plain),
    instances: deployment.instances.map(instanceView),
  };
}

/** The hosts of a deployment with what runs on each, for `smc hosts --json`. */
export function hostsView(deployment: Deployment, hosts: readonly Host[]): readonly Plain[] {
  const byHost = instancesByHost(deployment);
  return hosts.map(host => ({
    ...hostView(host),
    services: [...new Set((byHost.get(host.name) ?? []).map(({ service }) => service))],
    instances: (byHost.get(host.name) ?? []).map(({ name }) => name),
  }));
}

export function instancesByHost({ instances }: Deployment): ReadonlyMap<HostName, readonly Instance[]> {
  return Map.groupBy(instances, ({ host }) => host);
}

/**
 * The hosts that new nodes of the database ask for the ring: those that the services file names, else the first two of
 * each data centre. Empty where there is no database.
 */
export function seedsOf({ services, hosts }: Deployment): readonly HostName[] {
  const ring = services.get("cassandra");
  const written = ring?.settings["seeds"];
  if (Array.isArray(written)) return written as HostName[];
  const nodes = ring?.hosts ?? [];
  const byDataCentre = Map.groupBy(nodes, node => hosts.get(node)?.dc ?? "");
  return [...byDataCentre.values()].flatMap(members => members.slice(0, 2));
}

function dataCentresOf(hosts: readonly Host[]): readonly Plain[] {
  const named = hosts.filter(({ dc }) => dc !== undefined);
  return [...Map.groupBy(named, ({ dc }) => dc)].map(([name, members]) => ({
    name,
    hosts: members.map(host => host.name),
  }));
}

function hostView({ vm, ...host }: Host): Plain {
  return plain({ ...host, sshPort: host.sshPort, machine: vm?.machine });
}

function vmView({ name, address, vm, ram, cores }: Host): Plain {
  const disks = [...(vm?.disks ?? [])].map(([disk, settings]) => plain({ name: disk, ...settings }));
  const { machine, image, driver, cache } = vm ?? {};
  return { name, machine, address, vcpus: cores, ram, image, driver, cache, disks };
}

function instanceView({ name, service, host, id, ports, settings, version, timeouts }: Instance): Plain {
  return plain({ name, service, host, id, ports, version, timeouts, settings });
}

/** JSON has neither undefined nor big integers; an absent value is null and a token is text. */
function plain(value: object): Plain {
  const write = (_: string, part: unknown) => (typeof part === "bigint" ? String(part) : (part ?? null));
  return JSON.parse(JSON.stringify(value, write)) as Plain;
}
