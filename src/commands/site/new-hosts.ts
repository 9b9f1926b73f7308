import type { HostName } from "../../base/names.ts";
import type { ObservedRing } from "../../cassandra/ring/model.ts";
import type { Host } from "../../inventory/model.ts";
import { vmsOf } from "../../machines/vm.ts";
import { isUnmade, type SeenVm } from "../../machines/seen.ts";
import { nodesOf } from "../../services/cassandra/ring.ts";
import { isMember } from "../grow/words.ts";
import { lookAtMachines, seenVms } from "../vm/observe.ts";
import { lookAtVpn } from "../vpn/network.ts";
import { groundOf, vpnOfSite, type SiteAsk } from "./parts.ts";

/**
 * The hosts of the services file that the site has not: nodes that the ring lacks, VMs of which nothing is anywhere, and hosts
 * that are not in the VPN though others are. What nobody can tell is not new. Without a transport only the ring is looked at.
 */
export async function newHosts(ask: SiteAsk, ring: ObservedRing | undefined): Promise<Host[]> {
  const { deployment } = ask.site;
  const nodes = nodesOf(deployment).filter(({ host }) => ring !== undefined && !isMember(ring, host));
  const found = new Set([
    ...nodes.map(({ host }) => host),
    ...(await unmade(ask, [...deployment.hosts.keys()])),
    ...(await outsideVpn(ask)),
  ]);
  return [...deployment.hosts.values()].filter(({ name, managed }) => managed && found.has(name));
}

/** Of these hosts the VMs of which nothing is anywhere. */
export async function unmade(ask: SiteAsk, hosts: readonly HostName[]): Promise<Set<HostName>> {
  const seen = await seenOf(ask, hosts);
  const vms = vmsOf(ask.site.deployment).filter(vm => {
    const found = seen.get(vm.name);
    return found !== undefined && isUnmade(vm, found);
  });
  return new Set(vms.map(({ name }) => name));
}

async function seenOf(
  { context, site, transport }: SiteAsk,
  hosts: readonly HostName[],
): Promise<ReadonlyMap<HostName, SeenVm>> {
  const vms = vmsOf(site.deployment).filter(({ name }) => hosts.includes(name));
  if (transport === undefined || site.deployment.transport === "local" || vms.length === 0) return new Map();
  return seenVms(await lookAtMachines({ context, site, transport }, vms, { kvm: false }));
}

async function outsideVpn({ context, site, transport }: SiteAsk): Promise<HostName[]> {
  const vpn = vpnOfSite(site);
  if (vpn === undefined || transport === undefined) return [];
  const { request } = await lookAtVpn({ context, site, transport, ...vpn });
  if (request.keys.size === 0) return [];
  const { machines, vms } = groundOf(site);
  const names = [...machines, ...vms].map(({ name }) => name);
  // One that does not answer may be in it: its key is only not kept here.
  const asked = (name: HostName): boolean => {
    const seen = request.seen.get(name);
    return seen !== undefined && !("why" in seen);
  };
  return names.filter(name => asked(name) && !request.keys.has(name));
}
