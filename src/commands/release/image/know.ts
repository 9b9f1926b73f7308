import type { HostName, InstanceName } from "../../../base/names.ts";
import { OperatorError } from "../../../base/operator-error.ts";
import { requireCensus } from "../../../cassandra/ring/census.ts";
import type { FirewallRequest } from "../../../firewall/plan-apply.ts";
import { firewallState } from "../../../firewall/state.ts";
import type { Instance } from "../../../inventory/model.ts";
import type { VmRequest } from "../../../machines/planners/request.ts";
import type { Vm } from "../../../machines/vm.ts";
import { expectedNodes, nodesOf } from "../../../services/cassandra/ring.ts";
import { decideRestart, type RingDecision } from "../../../services/planners/ring-rule.ts";
import { describeRefusals } from "../../../services/planners/ring-refusal.ts";
import { firewallRequest, lookAtFirewalls } from "../../firewall/observe.ts";
import { observeRing, requireAgreement } from "../../ring/observe.ts";
import { ruleFor } from "../../ring/options.ts";
import { hostsOf } from "../../selected-hosts.ts";
import { vpnOfSite } from "../../site/parts.ts";
import { observeInstances } from "../../status/observe.ts";
import { lookAtMachines, seenVms } from "../../vm/observe.ts";
import { acceleratorsOf } from "../../vm/prepare.ts";
import { instancesOn, vmRequest } from "../../vm/words.ts";
import { lookAtVpn } from "../../vpn/network.ts";
import { instancesOfServices } from "../behind.ts";
import type { ImageAsk } from "./model.ts";
import { forOwnHosts } from "./own-hosts.ts";
import type { Around } from "./parts.ts";

/** What is known of VMs that are to change, and of the site around them. */
export interface Known extends Around {
  running: ReadonlySet<InstanceName>;
  /** All instances of the services that are on these VMs. */
  instances: readonly Instance[];
  /** What the firewalls of those that have one of smc are to be, and are. */
  firewall: FirewallRequest | undefined;
  /** What of it speaks against any change, in words. */
  problems: readonly string[];
}

/** Looks at everything that a plan for these VMs is made from. Nothing is changed. */
export async function lookAround(
  ask: ImageAsk,
  vms: readonly Vm[],
  { images, size }: { images: ReadonlyMap<HostName, string>; size: number },
): Promise<Known> {
  const { context, site } = ask;
  if (vms.length === 0) return nothingKnown(ask);
  const own = instancesOn(site, vms);
  const instances = instancesOfServices(site, [...new Set(own.map(({ service }) => service))]);
  const tested = (site.deployment.smoke ?? []).map(({ of }) => of);
  const asking = instancesOfServices(site, [...instances.map(({ service }) => service), ...tested]);
  const [machines, observed, around, asked] = await Promise.all([
    lookAtMachines(ask, vms, { kvm: true }),
    observeInstances({ ...ask, hosts: hostsOf(context, site, asking) }),
    lookAtNetworks(ask, vms),
    askRing(ask, vms, size),
  ]);
  const request: VmRequest = {
    ...vmRequest(context, site, { vms, instances: own }),
    seen: seenVms(machines),
    accelerators: acceleratorsOf(machines),
    images,
    observed,
    ...(asked.ring === undefined ? {} : { ring: asked.ring }),
  };
  const running = [...observed].flatMap(([name, { state }]) => (state === "running" ? [name] : []));
  return { ...around, request, instances, running: new Set(running), problems: asked.problems };
}

function nothingKnown({ context, site }: ImageAsk): Known {
  const request = vmRequest(context, site, { vms: [], instances: [] });
  return {
    request,
    vpn: undefined,
    guarded: new Set(),
    firewall: undefined,
    running: new Set(),
    instances: [],
    problems: [],
  };
}

async function lookAtNetworks(
  ask: ImageAsk,
  vms: readonly Vm[],
): Promise<Pick<Known, "vpn" | "guarded" | "firewall">> {
  const { context, site } = ask;
  const vpn = vpnOfSite(site);
  const names = vms.map(({ name }) => name);
  const firewalls = firewallRequest(forOwnHosts(context), site, names);
  const [network, seen] = await Promise.all([
    vpn === undefined ? undefined : lookAtVpn({ ...ask, ...vpn }),
    lookAtFirewalls(ask, firewalls),
  ]);
  // One that nobody can tell of may be guarded.
  const guarded = firewalls.rules.filter(
    rules => firewallState(rules, seen.get(rules.host)).state !== "open",
  );
  const hosts = new Set(guarded.map(({ host }) => host));
  return { vpn: network?.request, guarded: hosts, firewall: { ...firewalls, rules: guarded, seen } };
}

/** Which nodes of the ring on these VMs may go together; what refuses it is told with all other reasons. */
async function askRing(
  ask: ImageAsk,
  vms: readonly Vm[],
  size: number,
): Promise<{ ring: RingDecision | undefined; problems: readonly string[] }> {
  const { deployment } = ask.site;
  const names = new Set(vms.map(({ name }) => name));
  const hosts = nodesOf(deployment)
    .map(({ host }) => host)
    .filter(host => names.has(host));
  if (hosts.length === 0) return { ring: undefined, problems: [] };
  try {
    const seen = await observeRing(ask);
    requireAgreement(seen);
    requireCensus(seen.ring, expectedNodes(deployment));
    const ring = decideRestart(ruleFor(seen.ring, ask.context.options, deployment), hosts, size);
    return { ring, problems: ask.context.options.allowLoss === true ? [] : describeRefusals(ring.refused) };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return { ring: undefined, problems: [[error.message, ...error.details].join("; ")] };
  }
}
