import { planSecrets } from "../../../access/plan-secrets.ts";
import type { HostName } from "../../../base/names.ts";
import { planApply } from "../../../firewall/plan-apply.ts";
import { runningAfterwards, type ImageBatch } from "../../../machines/planners/release/model.ts";
import { planPrepare } from "../../../machines/planners/prepare.ts";
import type { VmRequest } from "../../../machines/planners/request.ts";
import type { Vm } from "../../../machines/vm.ts";
import type { Part } from "../../../plan/sequence.ts";
import { planStart } from "../../../services/planners/start.ts";
import { planJoin } from "../../../vpn/planners/join.ts";
import { seenOf } from "../../../vpn/observation.ts";
import type { VpnRequest } from "../../../vpn/planners/request.ts";
import { secretsRequest } from "../../access/secrets.ts";
import { firewallRequest } from "../../firewall/observe.ts";
import { hostRequest } from "../../host-request.ts";
import type { ImageAsk } from "./model.ts";
import { forOwnHosts } from "./own-hosts.ts";

/** What is known of the site around VMs that are made anew. */
export interface Around {
  request: VmRequest;
  /** Undefined where the site has no VPN. */
  vpn: VpnRequest | undefined;
  /** The VMs whose firewall is smc's. */
  guarded: ReadonlySet<HostName>;
}

/** Batches of VMs with what makes them part of the site again, when they are new and when they are what they were. */
export function batchesWithParts(
  ask: ImageAsk,
  batches: readonly (readonly Vm[])[],
  around: Around,
): Promise<ImageBatch[]> {
  const inTurn = batches.map((vms, index) => ({ vms, before: batches.slice(0, index).flat() }));
  return Promise.all(inTurn.map(batch => batchWithParts(ask, batch, around)));
}

/** `before`: the VMs of earlier batches. */
interface BatchInTurn {
  vms: readonly Vm[];
  before: readonly Vm[];
}

async function batchWithParts(ask: ImageAsk, batch: BatchInTurn, around: Around): Promise<ImageBatch> {
  const { vms } = batch;
  const { context, site } = ask;
  const hosts = vms.map(({ host }) => host);
  const request = hostRequest(context, site);
  const resettle = joined(batch, around, isForced(ask));
  const services = runningAfterwards(around.request, vms);
  const settle: Part[] = [
    { name: "prepare", plan: planPrepare(request, hosts) },
    ...resettle,
    ...guardedAgain(ask, vms, around),
    ...(await entrustedAgain(ask, vms)),
    { name: "services", plan: planStart({ ...request, instances: services }) },
  ];
  return { vms, settle, resettle };
}

/**
 * The VPN as it is when these VMs have lost their keys, or have their old ones again: each makes one where it has none, and the others are
 * told what it has then. The private part never leaves it. Those of earlier batches have other keys by then than when they were looked at.
 */
function joined({ vms, before }: BatchInTurn, { vpn }: Around, forced: boolean): Part[] {
  if (vpn === undefined) return [];
  const names = new Set(vms.map(({ name }) => name).filter(name => vpn.keys.has(name)));
  if (names.size === 0) return [];
  const own = new Set([...vms, ...before].map(({ name }) => name));
  const hosts = vpn.network.hosts
    .filter(({ name }) => vpn.keys.has(name))
    .filter(({ name }) => !forced || own.has(name) || seenOf(vpn.seen, name) !== undefined);
  const members = new Set(hosts.map(({ name }) => name));
  const anew = { why: "it is made anew" };
  const request: VpnRequest = {
    ...vpn,
    network: { ...vpn.network, hosts },
    targets: vpn.targets.filter(({ name }) => members.has(name)),
    renewed: new Set(before.map(({ name }) => name)),
    keys: new Map([...vpn.keys].filter(([name]) => !names.has(name))),
    seen: new Map([...vpn.seen].map(([name, seen]) => [name, names.has(name) ? anew : seen])),
  };
  return [
    {
      name: "vpn",
      plan: planJoin(
        request,
        hosts.filter(({ name }) => names.has(name)),
      ),
    },
  ];
}

/** Whether members that cannot be told are left out, for `smc vpn join` to tell them later. */
function isForced({ wish, context }: ImageAsk): boolean {
  return wish.kind === "back" && context.options.force === true;
}

function guardedAgain({ context, site }: ImageAsk, vms: readonly Vm[], { guarded }: Around): Part[] {
  const names = vms.map(({ name }) => name).filter(name => guarded.has(name));
  // No word would mean all hosts.
  return names.length === 0
    ? []
    : [{ name: "firewall", plan: planApply(firewallRequest(forOwnHosts(context), site, names)) }];
}

async function entrustedAgain({ context, site }: ImageAsk, vms: readonly Vm[]): Promise<Part[]> {
  if (site.deployment.secrets === undefined) return [];
  const names = vms.map(({ name }) => name);
  return [
    {
      name: "secrets",
      plan: planSecrets(await secretsRequest({ context: forOwnHosts(context), site }, names)),
    },
  ];
}
