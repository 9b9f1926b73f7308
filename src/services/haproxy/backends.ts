import * as v from "valibot";
import type { Deployment, Instance } from "../../inventory/model.ts";
import { peers as peersField, type Peers } from "../fields.ts";
import type { InstanceContext } from "../model.ts";
import { choosePeers, instancesOf, isChosen, peersOf, type Peer } from "../peers.ts";
import { portOf } from "../places.ts";

/** A server of a backend. */
export interface BackendServer {
  name: string;
  address: string;
  port: number;
}

/** The servers behind one haproxy; a backend without servers is left out of its configuration. */
export interface Backends {
  hub: readonly BackendServer[];
  /** The second port of each hub, which leads into projects. */
  proxy: readonly BackendServer[];
  static: readonly BackendServer[];
}

/** The services whose instances are servers of a backend. */
const SERVED: readonly string[] = ["hub", "nginx"];

/** Names are unique over a deployment, and haproxy allows no "@" in them: `hub0@web3` is `hub0.web3` there. */
export function serverName(instance: Instance): string {
  return instance.name.replace("@", ".");
}

/** Who is behind this haproxy, in natural order of the hosts. Throws an OperatorError when its choice finds nobody. */
export function backendsOf(proxy: InstanceContext<unknown>, choice: Peers): Backends {
  const hubs = peersOf(proxy, { service: "hub", choice });
  const servers = (from: readonly Peer[], key: "hub" | "hub_proxy" | "nginx"): BackendServer[] =>
    from.map(({ instance, host }) => ({
      name: serverName(instance),
      address: host.address,
      port: portOf(proxy.deployment, instance, key),
    }));
  return {
    hub: servers(hubs, "hub"),
    proxy: servers(hubs, "hub_proxy"),
    static: servers(peersOf(proxy, { service: "nginx", choice }), "nginx"),
  };
}

/** The haproxy instances that send to this instance and to at least one other that can stand in for it. */
export function proxiesWithSpare(context: InstanceContext<unknown>): Instance[] {
  const { instance, once } = context;
  return serving(context)
    .filter(
      ({ host, choice }) => choosePeers({ host, once }, { service: instance.service, choice }).length > 1,
    )
    .map(proxy => proxy.instance);
}

/** The haproxy instances that send to this instance, also where it is their only one. */
export function proxiesInFrontOf(context: InstanceContext<unknown>): Instance[] {
  return SERVED.includes(context.instance.service) ? serving(context).map(proxy => proxy.instance) : [];
}

function serving({ instance, host, once }: InstanceContext<unknown>): (Peer & { choice: Peers })[] {
  return once(proxies).filter(proxy => isChosen({ instance, host }, proxy.host, proxy.choice));
}

/** Every haproxy with its choice of servers. */
function proxies(deployment: Deployment): readonly (Peer & { choice: Peers })[] {
  return instancesOf(deployment, "haproxy").map(proxy => {
    const { backends } = proxy.instance.settings;
    return { ...proxy, choice: v.is(peersField, backends) ? backends : "same-dc" };
  });
}
