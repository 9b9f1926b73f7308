import type { ServiceName } from "../base/names.ts";
import { naturalOrder } from "../base/natural-order.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Deployment, Host, Instance } from "../inventory/model.ts";
import type { Peers } from "./fields.ts";

/** An instance with the host that it is on. */
export interface Peer {
  instance: Instance;
  host: Host;
}

/** Which instances of which other service. */
export interface Wish {
  service: ServiceName;
  choice: Peers;
}

/**
 * The instances of another service that this one works with, in natural order of their names, so that the order of the
 * services file does not matter. Empty only where the deployment has none of that service. Throws an OperatorError when
 * there are some but the setting chooses none of them, or names a host that has none.
 */
export function peersOf(deployment: Deployment, asker: Peer, wish: Wish): Peer[] {
  const all = instancesOf(deployment, wish.service);
  const chosen = choosePeers(all, asker.host, wish.choice);
  const missing = Array.isArray(wish.choice)
    ? wish.choice.filter(name => !all.some(({ host }) => host.name === name))
    : [];
  if (all.length === 0 || (chosen.length > 0 && missing.length === 0)) return chosen;
  const where = missing.length > 0 ? `on ${missing.join(", ")}` : `in ${asker.host.dc ?? "no data centre"}`;
  throw new OperatorError(`${asker.instance.name} is to use ${wish.service} ${where}, where there is none`, {
    code: "PEER_UNKNOWN",
    hint: `say "all", or name hosts of ${wish.service}: ${[...new Set(all.map(({ host }) => host.name))].join(", ")}`,
  });
}

/** Those of the given instances that the choice of somebody on `host` names. */
export function choosePeers(all: readonly Peer[], host: Host, choice: Peers): Peer[] {
  if (choice === "all") return [...all];
  if (choice === "same-dc") return all.filter(peer => peer.host.dc === host.dc);
  const names = new Set(choice);
  return all.filter(peer => names.has(peer.host.name));
}

/** All instances of a service with their hosts, in natural order of their names. */
export function instancesOf(deployment: Deployment, service: ServiceName): Peer[] {
  return deployment.instances
    .filter(instance => instance.service === service)
    .flatMap(instance => {
      const host = deployment.hosts.get(instance.host);
      return host === undefined ? [] : [{ instance, host }];
    })
    .sort((a, b) => naturalOrder(a.instance.host, b.instance.host) || a.instance.id - b.instance.id);
}
