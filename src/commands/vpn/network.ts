import { ExitCode } from "../../base/exit-code.ts";
import type { HostTarget } from "../../base/host-target.ts";
import type { HostName } from "../../base/names.ts";
import type { Milliseconds } from "../../base/units.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { administratorOf } from "../../inventory/administrator.ts";
import type { Host } from "../../inventory/model.ts";
import { select } from "../../inventory/selection.ts";
import { targetOf } from "../../services/planners/planned-instance.ts";
import { vpnKeyStore, type VpnKeyStore } from "../../state/vpn-keys.ts";
import type { Transport } from "../../transport/model.ts";
import { collectKeys, type PublicKeys } from "../../vpn/keys.ts";
import { networkOf, type VpnNetwork } from "../../vpn/network.ts";
import { lookCommand, parseSeen, seenOf, type Seen } from "../../vpn/observation.ts";
import { losesWayBack, parseWayBack, WAY_BACK_COMMAND } from "../../vpn/way-back.ts";
import type { VpnRequest } from "../../vpn/planners/request.ts";
import { describeEnd } from "../fleet/describe-end.ts";
import { askAll } from "../fleet/fan-out.ts";
import { loadSite, type Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";

const LOOK_TIMEOUT: Milliseconds = 20_000;

/** The VPN that a verb works on, with what is known of it before. */
export interface VpnAsk {
  context: CommandContext<unknown>;
  site: Site;
  transport: Transport;
  network: VpnNetwork;
  store: VpnKeyStore;
}

/** Does something with the VPN of the chosen deployment, and closes what was opened. */
export async function onVpn<T>(
  context: CommandContext<unknown>,
  hosts: readonly string[],
  work: (ask: VpnAsk) => Promise<T>,
): Promise<T> {
  const site = await loadSite(context, { hosts, secretsMayBeMissing: true });
  const network = networkOf(site.inventory, site.deployment);
  const store = vpnKeyStore(site.stateDirectory, site.deployment.name);
  const transport = openTransport(context.io);
  try {
    return await work({ context, site, transport, network, store });
  } finally {
    await transport.close();
  }
}

/** The hosts of the deployment that the words name; at least one word is needed. */
export function namedHosts({ context, site }: VpnAsk, words: readonly string[]): readonly Host[] {
  const { on } = context.global;
  const named = [...words, ...(on === undefined ? [] : [on])];
  if (named.length > 0) return select(site.deployment.hosts, named).filter(({ managed }) => managed);
  throw new OperatorError("which hosts?", { code: "USAGE", hint: "name them, or say @all" });
}

/** How smc reaches a host for work on the VPN itself: not over the VPN, where there is another way. */
export function vpnTargets(
  { context, site }: Pick<VpnAsk, "context" | "site">,
  hosts: readonly Host[],
): HostTarget[] {
  const { connectTimeout } = context.global;
  const words = { deployment: site.deployment, ...(connectTimeout === undefined ? {} : { connectTimeout }) };
  return hosts.map(host => ({ ...targetOf(words, host), address: host.public ?? host.address }));
}

/** Looks at all hosts of the network, and finds out who is in it. */
export async function lookAtVpn(ask: VpnAsk): Promise<{ request: VpnRequest; kept: PublicKeys }> {
  const { network, store } = ask;
  const targets = vpnTargets(ask, network.hosts);
  const [kept, seen] = await Promise.all([store.read(), see(ask, targets)]);
  return { request: vpnRequest(ask, { seen, kept }), kept };
}

/** The request for the network with what was seen of it; nothing where no host was asked. */
export function vpnRequest(
  ask: Pick<VpnAsk, "context" | "site" | "network">,
  { seen, kept }: { seen: Seen; kept: PublicKeys },
): VpnRequest {
  const { context, site, network } = ask;
  return {
    command: context.argv,
    deployment: site.deployment.name,
    targets: vpnTargets(ask, network.hosts),
    parallel: site.deployment.ssh.parallel,
    administrator: administratorOf(site.deployment),
    now: new Date(),
    network,
    seen,
    keys: collectKeys(network.hosts, seen, kept),
    timeout: context.global.timeout,
  };
}

/** Throws an OperatorError (exit 3) where a host that is to join would then no longer find the way back to smc. */
export async function refuseLostWay(
  ask: Pick<VpnAsk, "context" | "site" | "transport" | "network">,
  { seen }: Pick<VpnRequest, "seen">,
  joining: readonly Host[],
): Promise<void> {
  const { context, site, transport, network } = ask;
  const hosts = joining.filter(({ name }) => seenOf(seen, name)?.active === false);
  const details = await askAll<string | undefined>({
    context,
    targets: vpnTargets(ask, hosts),
    title: "looking at the way back",
    concurrency: site.deployment.ssh.parallel,
    ask: async (target, signal) => {
      const limits = { timeout: LOOK_TIMEOUT, signal };
      const { stdout } = await transport.connection(target).run(WAY_BACK_COMMAND, limits);
      const host = hosts.find(({ name }) => name === target.name);
      return host === undefined ? undefined : losesWayBack(network, host, parseWayBack(stdout));
    },
  });
  const lost = details.filter(detail => detail !== undefined);
  if (lost.length === 0) return;
  throw new OperatorError("the VPN would cut smc off: nothing was touched", {
    code: "VPN_CUTS_OFF",
    exit: ExitCode.Refused,
    details: lost,
    hint: "run smc from outside of that range, or give the VPN a range of its own (vpn: netmask:)",
  });
}

async function see(ask: VpnAsk, targets: readonly HostTarget[]): Promise<Seen> {
  const { context, site, transport } = ask;
  const administrator = administratorOf(site.deployment);
  const answers = await askAll<[HostName, ReturnType<typeof parseSeen> | { why: string }]>({
    context,
    targets,
    title: "looking at the VPN",
    concurrency: site.deployment.ssh.parallel,
    ask: async (target, signal) => {
      const limits = { timeout: LOOK_TIMEOUT, signal };
      const account = administrator === undefined ? {} : { runAs: administrator };
      const result = await transport.connection(target).run(lookCommand(), { ...limits, ...account });
      if (!result.ok) return [target.name, { why: describeEnd(result.end) }];
      return [target.name, parseSeen(result.stdout) ?? { why: "its answer is not what smc reads" }];
    },
  });
  return new Map(answers.map(([name, seen]) => [name, seen ?? { why: "not asked" }]));
}

/** Why a host told nothing of itself. */
export function whyOf({ seen }: Pick<VpnRequest, "seen">, name: HostName): string {
  const found = seen.get(name);
  return found !== undefined && "why" in found ? found.why : "not asked";
}
