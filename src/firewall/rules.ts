import type { HostName, ServiceName } from "../base/names.ts";
import { naturalOrder } from "../base/natural-order.ts";
import { isComputeServer } from "../inventory/compute-server.ts";
import type { Deployment, Host } from "../inventory/model.ts";
import type { PlannedInstance } from "../services/planners/planned-instance.ts";
import type { HostRules, Rule, Sources } from "./model.ts";

/** One deployment on the machines, with its instances as they are rendered. */
export interface SiteView {
  deployment: Deployment;
  planned: readonly PlannedInstance[];
}

/** Services that anybody may use: the edge of the site. */
const EDGE: readonly ServiceName[] = ["stunnel", "haproxy"];

/**
 * What a host lets in, by the services file: a port of a service is open to the hosts whose services need it, the edge to
 * anybody, what nobody needs to the site. ssh and the VPN are always open, but to compute servers, which reach neither each
 * other nor the database.
 */
export function rulesFor(host: Host, views: readonly SiteView[]): HostRules {
  const found = views.flatMap(view => [
    ...accessRules(host, view),
    ...nameRules(host, view),
    ...imageRules(host, view),
    ...view.planned
      .filter(({ host: at }) => at.name === host.name)
      .flatMap(planned => rulesOf(planned, view)),
    ...computeRules(host, view),
  ]);
  return {
    host: host.name,
    isolated: isolatedFrom(host, views),
    carriesVms: views.some(({ deployment }) =>
      [...deployment.hosts.values()].some(({ vm }) => vm?.machine === host.name),
    ),
    rules: unique(found),
  };
}

/** ssh, and the VPN where there is one. */
function accessRules(host: Host, { deployment }: SiteView): Rule[] {
  const { ports, vpn } = deployment;
  const open = { from: "anywhere", ports: [host.sshPort ?? ports.ssh], why: "ssh" } as const;
  const tinc = { from: "anywhere", ports: [ports.tinc], why: "the VPN" } as const;
  return [
    { ...open, protocol: "tcp" },
    ...(vpn === undefined
      ? []
      : [{ ...tinc, protocol: "tcp" } as const, { ...tinc, protocol: "udp" } as const]),
  ];
}

/** A machine that its VMs are told to ask for names. */
function nameRules(host: Host, { deployment }: SiteView): Rule[] {
  const asking = [...deployment.hosts.values()].filter(
    ({ vm }) => vm?.machine === host.name && vm.network.nameservers.includes(host.address),
  );
  const from = asking.map(({ address }) => address).sort(naturalOrder);
  if (from.length === 0) return [];
  return (["udp", "tcp"] as const).map(protocol => ({
    from,
    protocol,
    ports: [53],
    why: "names, for its VMs",
  }));
}

/** Machines that carry VMs pass images on to each other; nobody listens but while they do. */
function imageRules({ name }: Host, { deployment }: SiteView): Rule[] {
  const carriers = new Set([...deployment.hosts.values()].flatMap(({ vm }) => vm?.machine ?? []));
  const others = [...deployment.hosts.values()].filter(host => carriers.has(host.name) && host.name !== name);
  if (!carriers.has(name) || others.length === 0) return [];
  const from = others.map(({ address }) => address).sort(naturalOrder);
  return [
    { from, protocol: "tcp", ports: [deployment.ports.images], why: "images, from machine to machine" },
  ];
}

function rulesOf(planned: PlannedInstance, view: SiteView): Rule[] {
  const { rendered, instance } = planned;
  const reachable = rendered.listens.filter(({ address }) => !isLoopback(address));
  return reachable.map(({ port }) => {
    const name = Object.entries(instance.ports).find(([, number]) => number === port)?.[0] ?? "";
    const { from, why } = clientsOf(planned, name, view);
    return { from, protocol: "tcp", ports: [port], why: `${instance.service}, ${why}` };
  });
}

function clientsOf(
  { instance, host }: PlannedInstance,
  port: string,
  view: SiteView,
): { from: Sources; why: string } {
  const { service } = instance;
  const needing = servicesThatNeed(service, view);
  const together = [...needing, ...(service === "cassandra" ? [service] : [])];
  if (service === "cassandra" && port !== "cassandra_native" && port !== "cassandra_client")
    return { from: addressesOf([service], view), why: "for its own nodes" };
  // Browsers come here first, also where stunnel is what they are sent to.
  if (port === "http_redirect") return { from: "anywhere", why: "the edge of the site" };
  if (port === "insecure_testing") return { from: everybody(view), why: "for tests of the site" };
  if (EDGE.includes(service) && !(service === "haproxy" && hasService(host.name, "stunnel", view)))
    return { from: "anywhere", why: "the edge of the site" };
  if (together.length > 0) return { from: addressesOf(together, view), why: `for ${together.join(", ")}` };
  return { from: everybody(view), why: "for the site" };
}

/** Hubs connect to what projects serve, on whatever port. */
function computeRules(host: Host, view: SiteView): Rule[] {
  if (!isComputeServer(host.name, view.deployment)) return [];
  const from = addressesOf(["hub"], view);
  return from.length === 0 ? [] : [{ from, protocol: "tcp", ports: [], why: "compute, for hub" }];
}

/** The other compute servers, for a host that is one itself or has a database. */
function isolatedFrom(host: Host, views: readonly SiteView[]): string[] {
  const guarded = views.some(
    view => isComputeServer(host.name, view.deployment) || hasService(host.name, "cassandra", view),
  );
  if (!guarded) return [];
  return views
    .flatMap(view =>
      [...view.deployment.hosts.values()].filter(({ name }) => isComputeServer(name, view.deployment)),
    )
    .filter(({ name }) => name !== host.name)
    .map(({ address }) => address)
    .sort(naturalOrder);
}

function hasService(name: HostName, service: ServiceName, { deployment }: SiteView): boolean {
  return deployment.instances.some(instance => instance.host === name && instance.service === service);
}

function servicesThatNeed(service: ServiceName, { planned }: SiteView): ServiceName[] {
  const needing = planned.filter(({ description }) => description.needs.includes(service));
  return [...new Set(needing.map(({ instance }) => instance.service))];
}

function addressesOf(services: readonly ServiceName[], { planned }: SiteView): string[] {
  const hosts = planned.filter(({ instance }) => services.includes(instance.service));
  return [...new Set(hosts.map(({ host }) => host.address))].sort(naturalOrder);
}

/** Every host of the site but its compute servers. */
function everybody(view: SiteView): string[] {
  const hosts = [...view.deployment.hosts.values()].filter(
    ({ name }) => !isComputeServer(name, view.deployment),
  );
  return hosts.map(({ address }) => address).sort(naturalOrder);
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1" || address === "localhost";
}

function unique(rules: readonly Rule[]): Rule[] {
  return [...new Map(rules.map(rule => [JSON.stringify(rule), rule])).values()];
}
