import * as v from "valibot";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { ExpectedNode } from "../../cassandra/ring/census.ts";
import { CONSISTENCY_LEVELS, type ConsistencyLevel } from "../../cassandra/ring/model.ts";
import type { Deployment, Host, Instance } from "../../inventory/model.ts";
import type { InstanceContext } from "../model.ts";

const DEFAULT_DATA_CENTRE = "DC0";
const DEFAULT_RACK = "RAC0";
const LevelSetting = v.object({ consistency: v.optional(v.picklist(CONSISTENCY_LEVELS), "QUORUM") });
const NameSetting = v.object({ cluster_name: v.optional(v.string()) });
const RackSetting = v.object({ rack: v.optional(v.string()) });
const JvmSetting = v.object({ jvm_options: v.optional(v.array(v.string()), []) });
/** `cassandra.ignore_rack`, `cassandra.ignore_dc` (Cassandra, CassandraRelevantProperties). */
const IGNORES_PLACE = /^-Dcassandra\.ignore_(rack|dc)=true$/;
const SeedSetting = v.object({ seeds: v.optional(v.array(v.string()), []) });
/** Two in each data centre: a new node finds the ring though one of them is away, and most nodes are none (they would not bootstrap). */
const DEFAULT_SEEDS_PER_DATA_CENTRE = 2;

/** The nodes of the deployment's ring, in plan order. */
export function nodesOf(deployment: Deployment): readonly Instance[] {
  return deployment.instances.filter(instance => instance.service === "cassandra");
}

/** The nodes that the ring should have, by host and address. */
export function expectedNodes(deployment: Deployment): readonly ExpectedNode[] {
  return nodesOf(deployment).flatMap(({ host: name, settings }) => {
    const host = deployment.hosts.get(name);
    if (host === undefined) return [];
    const rack = rackOf(host, v.parse(RackSetting, settings));
    return [{ host: name, address: host.address, dc: dataCentreOf(host), rack }];
  });
}

/** The nodes on these hosts that start only in the data centre and rack that they had: all but those whose JVM is told otherwise. */
export function boundNodes(deployment: Deployment, hosts: Iterable<HostName>): readonly ExpectedNode[] {
  const meant = new Set(hosts);
  const free = new Set(
    nodesOf(deployment).flatMap(({ host, settings }) =>
      v.parse(JvmSetting, settings).jvm_options.some(option => IGNORES_PLACE.test(option)) ? [host] : [],
    ),
  );
  return expectedNodes(deployment).filter(({ host }) => meant.has(host) && !free.has(host));
}

/** The level that the services file says its clients use. */
export function clientLevel(deployment: Deployment): ConsistencyLevel {
  const settings = deployment.services.get("cassandra")?.settings ?? {};
  return v.parse(LevelSetting, settings).consistency;
}

/** The name of the cluster that a node belongs to. */
export function clusterNameOf(deployment: Deployment, { settings }: Pick<Instance, "settings">): string {
  return v.parse(NameSetting, settings).cluster_name ?? deployment.name;
}

/** The seeds that the services file names; none where smc chooses them. */
export function seedNames(deployment: Deployment): readonly HostName[] {
  const settings = deployment.services.get("cassandra")?.settings ?? {};
  return v.parse(SeedSetting, settings).seeds;
}

/** The data centre of a host, as the ring names it. */
export function dataCentreOf(host: Host): string {
  return host.dc ?? DEFAULT_DATA_CENTRE;
}

/** The rack of a node: the service's own setting, else that of the host. */
export function rackOf(host: Host, settings: { rack?: string | undefined }): string {
  return settings.rack ?? host.rack ?? DEFAULT_RACK;
}

/**
 * The tokens of the nodes by host where every node has one, for Murmur3: the nodes of each data centre share the ring from
 * -2^63 in equal parts, in plan order, and each further data centre is shifted by 100, since no two nodes may have the same
 * token.
 */
export function evenTokens(deployment: Deployment): ReadonlyMap<HostName, bigint> {
  const tokens = [...byDataCentre(deployment).values()].flatMap((members, dataCentre) =>
    members.map(({ name }, place): [HostName, bigint] => [
      name,
      (BigInt(place) * 2n ** 64n) / BigInt(members.length) - 2n ** 63n + BigInt(100 * dataCentre),
    ]),
  );
  return new Map(tokens);
}

/** The addresses of the seeds, in order. Throws an OperatorError for a seed that is no host of the deployment. */
export function seedAddresses(
  { deployment, once }: Pick<InstanceContext<unknown>, "deployment" | "once">,
  names: readonly string[] | undefined,
): readonly string[] {
  if (names === undefined) return once(defaultSeeds);
  return names.map(name => {
    const host = deployment.hosts.get(name);
    if (host !== undefined) return host.address;
    throw new OperatorError(`cassandra has the seed ${name}, which is no host of ${deployment.name}`, {
      code: "SEED_UNKNOWN",
      hint: "name hosts of the ring in seeds:, or leave it out for the first two of each data centre",
    });
  });
}

function defaultSeeds(deployment: Deployment): readonly string[] {
  return [...byDataCentre(deployment).values()].flatMap(members =>
    members.slice(0, DEFAULT_SEEDS_PER_DATA_CENTRE).map(({ address }) => address),
  );
}

/** The hosts of the nodes, in plan order. */
function byDataCentre(deployment: Deployment): Map<string, Host[]> {
  const hosts = nodesOf(deployment).flatMap(({ host }) => deployment.hosts.get(host) ?? []);
  return Map.groupBy(hosts, dataCentreOf);
}
