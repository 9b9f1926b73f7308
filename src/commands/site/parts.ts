import { join } from "node:path";
import { planSecrets } from "../../access/plan-secrets.ts";
import { planImagePush } from "../../machines/planners/image-push.ts";
import { planPrepare } from "../../machines/planners/prepare.ts";
import { planVmStart } from "../../machines/planners/start.ts";
import { vmsOf, type Vm } from "../../machines/vm.ts";
import { planApply } from "../../firewall/plan-apply.ts";
import type { Host } from "../../inventory/model.ts";
import type { Part } from "../../plan/sequence.ts";
import { targetOf } from "../../services/planners/planned-instance.ts";
import { vpnKeyStore, type VpnKeyStore } from "../../state/vpn-keys.ts";
import type { Transport } from "../../transport/model.ts";
import { networkOf, type VpnNetwork } from "../../vpn/network.ts";
import { planJoin } from "../../vpn/planners/join.ts";
import type { VpnRequest } from "../../vpn/planners/request.ts";
import { refuseKeysOfStrangers, secretsRequest } from "../access/secrets.ts";
import { firewallRequest, lookAtFirewalls, refuseCut } from "../firewall/observe.ts";
import { hostRequest } from "../host-request.ts";
import { imagesHere, namesOfImagesHere } from "../image/here.ts";
import { pushRequest } from "../image/push-request.ts";
import type { Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { learnOfMachines, NOT_ASKED } from "../vm/prepare.ts";
import { vmRequest } from "../vm/words.ts";
import { lookAtVpn, refuseLostWay, vpnRequest } from "../vpn/network.ts";

/** A site that is to come up or to grow; without a transport no host is asked anything. */
export interface SiteAsk {
  context: CommandContext<unknown>;
  site: Site;
  transport?: Transport;
}

/** The hosts of a site that are worked on; smc runs the VMs. */
export interface Ground {
  machines: readonly Host[];
  vms: readonly Vm[];
}

/** The VPN of a site, and where the public keys of its members are kept on this machine. */
export interface SiteVpn {
  network: VpnNetwork;
  store: VpnKeyStore;
}

/** Everything that smc manages. Machines are all that it does not make itself. */
export function groundOf({ deployment }: Site): Ground {
  if (deployment.transport === "local") return { machines: [], vms: [] };
  const vms = vmsOf(deployment);
  const guests = new Set(vms.map(({ name }) => name));
  const machines = [...deployment.hosts.values()].filter(({ name, managed }) => managed && !guests.has(name));
  return { machines, vms };
}

/** The VPN of a site; undefined where the deployment has none. */
export function vpnOfSite({ inventory, deployment, stateDirectory }: Site): SiteVpn | undefined {
  if (deployment.vpn === undefined || deployment.transport === "local") return undefined;
  return {
    network: networkOf(inventory, deployment),
    store: vpnKeyStore(stateDirectory, deployment.name),
  };
}

/**
 * The parts that bring these hosts up, one after the other: machines prepared and in the VPN, images that they lack, VMs running, prepared
 * and in the VPN, and of all hosts of the site the firewall and the secrets of their roles. None for a deployment on this machine alone.
 */
export async function groundParts(ask: SiteAsk, ground: Ground): Promise<Part[]> {
  if (ask.site.deployment.transport === "local") return [];
  const guests = ground.vms.map(({ host }) => host);
  return [
    prepared(ask, "machines", ground.machines),
    ...(await joined(ask, ground, "machines")),
    ...(await running(ask, ground.vms)),
    prepared(ask, "guests", guests),
    ...(await joined(ask, ground, "all")),
    await guarded(ask),
    ...(await entrusted(ask)),
  ];
}

function prepared({ context, site }: SiteAsk, name: string, hosts: readonly Host[]): Part {
  return { name: `prepare ${name}`, plan: planPrepare(hostRequest(context, site), hosts) };
}

async function joined(ask: SiteAsk, { machines, vms }: Ground, who: "machines" | "all"): Promise<Part[]> {
  const vpn = vpnOfSite(ask.site);
  const early = who === "machines";
  const guests = vms.map(({ host }) => host);
  const joining = early ? machines : guests;
  if (vpn === undefined || joining.length === 0) return [];
  const request = await vpnSeen(ask, vpn);
  const { context, site, transport } = ask;
  if (transport !== undefined) await refuseLostWay({ context, site, transport, ...vpn }, request, joining);
  const own = new Set([...machines, ...(early ? [] : guests)].map(({ name }) => name));
  // VMs that are not there yet cannot be worked on: the later part has them. Of all others only members count.
  const members = request.network.hosts.filter(({ name }) => own.has(name) || request.keys.has(name));
  const names = new Set(members.map(({ name }) => name));
  const targets = request.targets.filter(({ name }) => names.has(name));
  // The early part writes files of machines anew that the later one would find as they were.
  const seen = early ? request.seen : withoutFiles(request.seen, machines);
  const part = { ...request, seen, targets, network: { ...request.network, hosts: members } };
  return [
    {
      name: early ? "vpn of machines" : "vpn",
      plan: planJoin(part, early ? machines : [...machines, ...guests]),
    },
  ];
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

async function vpnSeen({ context, site, transport }: SiteAsk, vpn: SiteVpn): Promise<VpnRequest> {
  if (transport !== undefined) return (await lookAtVpn({ context, site, transport, ...vpn })).request;
  return vpnRequest({ context, site, network: vpn.network }, { seen: new Map(), kept: new Map() });
}

async function running({ context, site, transport }: SiteAsk, vms: readonly Vm[]): Promise<Part[]> {
  if (vms.length === 0) return [];
  const request = vmRequest(context, site, { vms, instances: [] });
  if (transport === undefined) return [{ name: "vms", plan: planVmStart({ ...request, ...NOT_ASKED }) }];
  const { lacking, ...known } = await learnOfMachines(
    { context, site, transport },
    vms,
    namesOfImagesHere(site),
  );
  const images = await Promise.all(
    [...lacking].map(([image, machines]) => pushed({ context, site }, image, machines)),
  );
  return [...images, { name: "vms", plan: planVmStart({ ...request, ...known }) }];
}

/** An image that was built here goes to the machines that lack it. */
async function pushed(
  { context, site }: SiteAsk,
  image: string,
  machines: ReadonlySet<string>,
): Promise<Part> {
  const request = hostRequest(context, site);
  const hosts = [...site.deployment.hosts.values()].filter(({ name }) => machines.has(name));
  const source = join(imagesHere(site), image);
  const machinesOfIt = hosts.map(host => targetOf(request, host));
  // Machines of a site that is only coming up may not reach each other yet: all get it from here.
  const push = await pushRequest({ context, site }, { source, machines: machinesOfIt, passOn: false });
  return { name: `image ${image}`, plan: planImagePush(push) };
}

async function guarded({ context, site, transport }: SiteAsk): Promise<Part> {
  const request = firewallRequest(context, site, []);
  const seen =
    transport === undefined ? new Map() : await lookAtFirewalls({ context, site, transport }, request);
  refuseCut({ ...request, seen });
  return { name: "firewall", plan: planApply({ ...request, seen }) };
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
