import type { HostTarget } from "../../base/host-target.ts";
import type { HostName } from "../../base/names.ts";
import type { Plan } from "../../plan/model.ts";
import type { Transport } from "../../transport/model.ts";
import { vpnTargets, type VpnAsk } from "../vpn/network.ts";

/** How hosts are reached where that is another way than over the VPN. */
export type Ways = ReadonlyMap<HostName, HostTarget>;

/** The ways for work on a site whose VPN may not be there yet: public addresses, of hosts that have one. */
export function waysBesideVpn(ask: Pick<VpnAsk, "context" | "site" | "network">): Ways {
  return new Map(vpnTargets(ask, ask.network.hosts).map(target => [target.name, target]));
}

/** The same transport, by these ways. */
export function byWays(transport: Transport, ways: Ways): Transport {
  return {
    connection: target => transport.connection(ways.get(target.name) ?? target),
    close: () => transport.close(),
  };
}

/** The same plan, by these ways. */
export function planByWays(plan: Plan, ways: Ways): Plan {
  const hosts = Object.entries(plan.hosts).map(([name, target]) => [name, ways.get(name) ?? target]);
  return { ...plan, hosts: Object.fromEntries(hosts) };
}
