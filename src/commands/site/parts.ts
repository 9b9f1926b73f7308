import { planSecrets } from "../../access/plan-secrets.ts";
import { planPrepare } from "../../machines/planners/prepare.ts";
import { planVmStart } from "../../machines/planners/start.ts";
import { vmsOf, type Vm } from "../../machines/vm.ts";
import { planApply } from "../../firewall/plan-apply.ts";
import type { Host } from "../../inventory/model.ts";
import type { Part } from "../../plan/sequence.ts";
import { planStart } from "../../services/planners/start.ts";
import { vpnKeyStore, type VpnKeyStore } from "../../state/vpn-keys.ts";
import type { Transport } from "../../transport/model.ts";
import { networkOf, type VpnNetwork } from "../../vpn/network.ts";
import { planJoin } from "../../vpn/planners/join.ts";
import type { VpnRequest } from "../../vpn/planners/request.ts";
import { refuseKeysOfStrangers, secretsRequest } from "../access/secrets.ts";
import { firewallRequest, lookAtFirewalls, refuseCut } from "../firewall/observe.ts";
import { hostRequest } from "../host-request.ts";
import type { Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { learnOfMachines, NOT_ASKED, provideKeys, type KnownOfMachines } from "../vm/prepare.ts";
import { vmRequest } from "../vm/words.ts";
import { lookAtVpn, refuseLostWay, vpnRequest } from "../vpn/network.ts";

/** A site that is to come up; without a transport no host is asked anything. */
export interface SiteAsk {
  context: CommandContext<unknown>;
  site: Site;
  transport?: Transport;
}

/** What there is of a site beside its services. */
interface Ground {
  machines: readonly Host[];
  vms: readonly Vm[];
  network: { network: VpnNetwork; store: VpnKeyStore } | undefined;
}

/**
 * The parts of `smc up`, one after the other: machines prepared and in the VPN, VMs running, prepared and in the VPN, the firewall of all
 * hosts, the secrets of their roles, the services. A deployment on this machine alone has the last of them only.
 */
export async function partsOfSite(ask: SiteAsk): Promise<[Part, ...Part[]]> {
  const services: Part = { name: "services", plan: planStart(servicesRequest(ask)) };
  if (ask.site.deployment.transport === "local") return [services];
  const ground = groundOf(ask);
  const { machines, vms } = ground;
  const guests = vms.map(({ host }) => host);
  const parts: Part[] = [
    prepared(ask, "machines", machines),
    ...(await joined(ask, ground, machines)),
    ...(await running(ask, vms)),
    prepared(ask, "guests", guests),
    ...(await joined(ask, ground, guests)),
    ...(await guarded(ask)),
    ...(await entrusted(ask)),
  ];
  const [first = services, ...rest] = parts.filter(({ plan }) => plan.steps.length > 0);
  return first === services ? [services] : [first, ...rest, services];
}

/** Where the public keys of the VPN are kept on this machine; undefined where the deployment has none. */
export function keysOfSite(ask: SiteAsk): Ground["network"] {
  const { inventory, deployment, stateDirectory } = ask.site;
  if (deployment.vpn === undefined || deployment.transport === "local") return undefined;
  return {
    network: networkOf(inventory, deployment),
    store: vpnKeyStore(stateDirectory, deployment.name),
  };
}

function groundOf(ask: SiteAsk): Ground {
  const { deployment } = ask.site;
  const vms = vmsOf(deployment);
  const guests = new Set(vms.map(({ name }) => name));
  const machines = [...deployment.hosts.values()].filter(({ name, managed }) => managed && !guests.has(name));
  return { machines, vms, network: keysOfSite(ask) };
}

function servicesRequest({ context, site }: SiteAsk) {
  return { ...hostRequest(context, site), instances: site.deployment.instances };
}

function prepared({ context, site }: SiteAsk, name: string, hosts: readonly Host[]): Part {
  return { name: `prepare ${name}`, plan: planPrepare(hostRequest(context, site), hosts) };
}

async function joined(ask: SiteAsk, { network, machines }: Ground, hosts: readonly Host[]): Promise<Part[]> {
  if (network === undefined || hosts.length === 0) return [];
  const request = await vpnSeen(ask, network);
  const { context, site, transport } = ask;
  if (transport !== undefined) await refuseLostWay({ context, site, transport, ...network }, request, hosts);
  const early = hosts === machines;
  const own = early ? new Set(machines.map(({ name }) => name)) : new Set(ask.site.deployment.hosts.keys());
  // VMs that are not there yet cannot be worked on: the later part has them. Of other deployments only members count.
  const members = request.network.hosts.filter(({ name }) => own.has(name) || request.keys.has(name));
  const names = new Set(members.map(({ name }) => name));
  const targets = request.targets.filter(({ name }) => names.has(name));
  // The early part writes files of machines anew that the later one would find as they were.
  const seen = early ? request.seen : withoutFiles(request.seen, machines);
  const part = { ...request, seen, targets, network: { ...request.network, hosts: members } };
  return [{ name: early ? "vpn of machines" : "vpn", plan: planJoin(part, hosts) }];
}

function withoutFiles(seen: VpnRequest["seen"], hosts: readonly Host[]): VpnRequest["seen"] {
  const names = new Set(hosts.map(({ name }) => name));
  return new Map(
    [...seen].map(([name, host]) => [
      name,
      names.has(name) && !("why" in host) ? { ...host, files: new Map() } : host,
    ]),
  );
}

async function vpnSeen(
  { context, site, transport }: SiteAsk,
  { network, store }: NonNullable<Ground["network"]>,
): Promise<VpnRequest> {
  if (transport !== undefined) return (await lookAtVpn({ context, site, transport, network, store })).request;
  return vpnRequest({ context, site, network }, { seen: new Map(), kept: new Map() });
}

async function running({ context, site, transport }: SiteAsk, vms: readonly Vm[]): Promise<Part[]> {
  if (vms.length === 0) return [];
  const known: KnownOfMachines =
    transport === undefined ? NOT_ASKED : await learnOfMachines({ context, site, transport }, vms);
  const request = { ...vmRequest(context, site, { vms, instances: [] }), ...known };
  return [{ name: "vms", plan: planVmStart(request) }];
}

async function guarded({ context, site, transport }: SiteAsk): Promise<Part[]> {
  const request = firewallRequest(context, site, []);
  const seen =
    transport === undefined ? new Map() : await lookAtFirewalls({ context, site, transport }, request);
  refuseCut({ ...request, seen });
  return [{ name: "firewall", plan: planApply({ ...request, seen }) }];
}

/** Secrets come to hosts of their roles; removing any is left to `smc secrets apply`, which asks. */
async function entrusted(ask: SiteAsk): Promise<Part[]> {
  const { site } = ask;
  if (site.deployment.secrets === undefined) return [];
  const request = await secretsRequest(ask, []);
  await refuseKeysOfStrangers(site, request);
  const deliveries = request.deliveries.filter(({ secret }) => secret !== undefined);
  return [{ name: "secrets", plan: planSecrets({ ...request, deliveries }) }];
}

/** Makes the host keys of VMs before any of them is reached. */
export async function provideVmKeys({ context, site }: SiteAsk): Promise<void> {
  const vms = site.deployment.transport === "local" ? [] : vmsOf(site.deployment);
  if (vms.length > 0) await provideKeys({ context, site }, vms);
}
