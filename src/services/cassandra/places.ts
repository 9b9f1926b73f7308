import type { Deployment, Host, Instance } from "../../inventory/model.ts";
import type { InstanceContext } from "../model.ts";
import { placesOf, portOf } from "../places.ts";
import { nodesOf } from "./ring.ts";
import { artefactOf } from "./source.ts";
import type { CassandraSettings } from "./settings.ts";

/** Where a node keeps and finds things on its host, and where it listens. */
export interface NodePlaces {
  config: string;
  data: string;
  /** A folder of the node's own: it is owned by the account that the node runs as. */
  log: string;
  /** The software of the node's own release, so that a change of release touches no node that still runs the old one. */
  software: string;
  address: string;
  /** Loopback always; a host that is itself on loopback has its own address, so that several share a machine and the ports. */
  jmxAddress: string;
  ports: NodePorts;
}

interface NodePorts {
  native: number;
  jmx: number;
  internode: number;
  internodeTls: number;
  thrift: number;
}

/** The places of the node that `context` describes. */
export function nodePlaces(context: InstanceContext<CassandraSettings>): NodePlaces {
  const { host, folders, settings, deployment, instance } = context;
  return {
    config: folders.config,
    data: settings.data_dir === undefined ? folders.data : dataBelow(settings.data_dir, context),
    log: placesOf(context, instance).logFolder,
    software: `${folders.software}/${artefactOf(settings).version}`,
    address: host.address,
    jmxAddress: jmxAddressOf(host),
    ports: portsOf(deployment, instance),
  };
}

/** Nodes that share a machine share what the services file says of it, and must not share their data. */
function dataBelow(folder: string, { deployment, host, once }: InstanceContext<CassandraSettings>): string {
  const shared = deployment.transport === "local" && once(nodesOf).length > 1;
  return shared ? `${folder}/${host.name}` : folder;
}

function jmxAddressOf(host: Host): string {
  return host.address.startsWith("127.") ? host.address : "127.0.0.1";
}

function portsOf(deployment: Deployment, instance: Instance): NodePorts {
  const [internode, internodeTls] = deployment.ports.cassandra_internode;
  const own = instance.ports;
  return {
    native: portOf(deployment, instance, "cassandra_native"),
    jmx: portOf(deployment, instance, "cassandra_jmx"),
    internode: own["cassandra_internode"] ?? internode,
    internodeTls: own["cassandra_internode_tls"] ?? internodeTls,
    thrift: portOf(deployment, instance, "cassandra_client"),
  };
}
