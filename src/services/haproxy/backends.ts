import * as v from "valibot";
import type { Deployment, Instance } from "../../inventory/model.ts";
import { peers as peersField, type Peers } from "../fields.ts";
import { choosePeers, instancesOf, peersOf, type Peer } from "../peers.ts";
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

/** Names are unique over a deployment, and haproxy allows no "@" in them: `hub0@web3` is `hub0.web3` there. */
export function serverName(instance: Instance): string {
  return instance.name.replace("@", ".");
}

/** Who is behind this haproxy, in natural order of the hosts. Throws an OperatorError when its choice finds nobody. */
export function backendsOf(deployment: Deployment, proxy: Peer, choice: Peers): Backends {
  const hubs = peersOf(deployment, proxy, { service: "hub", choice });
  const servers = (from: readonly Peer[], key: "hub" | "hub_proxy" | "nginx"): BackendServer[] =>
    from.map(({ instance, host }) => ({
      name: serverName(instance),
      address: host.address,
      port: portOf(deployment, instance, key),
    }));
  return {
    hub: servers(hubs, "hub"),
    proxy: servers(hubs, "hub_proxy"),
    static: servers(peersOf(deployment, proxy, { service: "nginx", choice }), "nginx"),
  };
}

/** The haproxy instances that send to this instance and to at least one other that can stand in for it. */
export function proxiesWithSpare(deployment: Deployment, instance: Instance): Instance[] {
  const all = instancesOf(deployment, instance.service);
  return instancesOf(deployment, "haproxy")
    .filter(proxy => {
      const { backends } = proxy.instance.settings;
      const choice = v.is(peersField, backends) ? backends : "same-dc";
      const chosen = choosePeers(all, proxy.host, choice);
      return chosen.length > 1 && chosen.some(peer => peer.instance.name === instance.name);
    })
    .map(proxy => proxy.instance);
}
