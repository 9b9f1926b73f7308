import type { HostName, ServiceName } from "../base/names.ts";
import { naturalOrder } from "../base/natural-order.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Deployment, Host, Instance } from "../inventory/model.ts";
import type { Peers } from "./fields.ts";
import type { Once } from "./once.ts";

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

/** The instances of one service, each list in natural order of their names. */
interface Directory {
  all: readonly Peer[];
  byDataCentre: ReadonlyMap<string | undefined, readonly Peer[]>;
  byHost: ReadonlyMap<HostName, readonly Peer[]>;
}

/**
 * The instances of another service that this one works with, in natural order of their names, so that the order of the
 * services file does not matter. Empty only where the deployment has none of that service. Throws an OperatorError when
 * there are some but the setting chooses none of them, or names a host that has none.
 */
export function peersOf(asker: Peer & { once: Once }, wish: Wish): readonly Peer[] {
  const { all, byHost } = directoryOf(asker.once, wish.service);
  const chosen = choosePeers(asker, wish);
  const missing = Array.isArray(wish.choice) ? wish.choice.filter(name => !byHost.has(name)) : [];
  if (all.length === 0 || (chosen.length > 0 && missing.length === 0)) return chosen;
  const where = missing.length > 0 ? `on ${missing.join(", ")}` : `in ${asker.host.dc ?? "no data centre"}`;
  throw new OperatorError(`${asker.instance.name} is to use ${wish.service} ${where}, where there is none`, {
    code: "PEER_UNKNOWN",
    hint: `say "all", or name hosts of ${wish.service}: ${[...byHost.keys()].join(", ")}`,
  });
}

/** Those of a service that the choice of somebody on `host` names. */
export function choosePeers({ host, once }: { host: Host; once: Once }, wish: Wish): readonly Peer[] {
  const { all, byDataCentre, byHost } = directoryOf(once, wish.service);
  if (wish.choice === "all") return all;
  if (wish.choice === "same-dc") return byDataCentre.get(host.dc) ?? [];
  return [...new Set(wish.choice)].sort(naturalOrder).flatMap(name => byHost.get(name) ?? []);
}

/** Whether the choice of somebody on `host` names this one. */
export function isChosen(peer: Peer, host: Host, choice: Peers): boolean {
  if (choice === "all") return true;
  return choice === "same-dc" ? peer.host.dc === host.dc : choice.includes(peer.host.name);
}

/** Whether the service is on the host too. */
export function isOn({ host, once }: { host: Host; once: Once }, service: ServiceName): boolean {
  return directoryOf(once, service).byHost.has(host.name);
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

function directoryOf(once: Once, service: ServiceName): Directory {
  return once(directories).get(service) ?? { all: [], byDataCentre: new Map(), byHost: new Map() };
}

function directories(deployment: Deployment): ReadonlyMap<ServiceName, Directory> {
  const services = new Set(deployment.instances.map(({ service }) => service));
  return new Map([...services].map(service => [service, directory(instancesOf(deployment, service))]));
}

function directory(all: readonly Peer[]): Directory {
  return {
    all,
    byDataCentre: Map.groupBy(all, ({ host }) => host.dc),
    byHost: Map.groupBy(all, ({ host }) => host.name),
  };
}
