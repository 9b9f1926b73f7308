import { STANDARD_PORTS } from "../../ports.ts";
import { compact, mostCommon, type Plain, type PlainMap } from "../plain.ts";
import type { InstanceDraft } from "./context.ts";

/** How the entry of one instance in a list names its ports. */
const INSTANCE_KEYS: Readonly<Record<string, string>> = {
  hub: "port",
  hub_proxy: "proxy_port",
  nginx: "port",
  haproxy: "port",
  stunnel: "port",
};

/** Ports of the block by key, the two internode ports apart. */
export type PortBlock = Readonly<Record<string, number>>;

/** The block of ports that fits most instances; each hub counts two on from the one before. */
export function choosePorts(instances: readonly InstanceDraft[]): PortBlock {
  const keys = new Set(instances.flatMap(({ ports }) => Object.keys(ports)));
  const chosen = [...keys].map(key => {
    const bases = instances.flatMap(({ ports, id }) => baseOf(ports[key], { key, id }));
    return [key, mostCommon(bases)] as const;
  });
  return Object.fromEntries(chosen.filter((entry): entry is [string, number] => entry[1] !== undefined));
}

/** The `ports:` of the deployment: what is not as everywhere. */
export function portsEntry(block: PortBlock): PlainMap {
  const { cassandra_internode: plain, cassandra_internode_tls: tls, port: _, ...others } = block;
  const own = Object.entries(others).filter(([key, port]) => standardPort(key) !== port);
  const [standardPlain, standardTls] = STANDARD_PORTS.cassandra_internode;
  const internode = [plain ?? standardPlain, tls ?? standardTls] as const;
  const isStandard = internode[0] === standardPlain && internode[1] === standardTls;
  return compact({ ...Object.fromEntries(own), cassandra_internode: isStandard ? undefined : internode });
}

/** The service that can have a number of instances on a host; of the others smc wants a list. */
const COUNTED = "hub";

/** The `instances:` and `ports:` of a service on one host, where the block and a plain count do not say it all. */
export function instancesEntry(
  service: string,
  { instances, block }: { instances: readonly InstanceDraft[]; block: PortBlock },
): PlainMap {
  const sorted = instances.toSorted((a, b) => a.id - b.id);
  const [only] = sorted;
  const ids = sorted.map(({ id }) => id);
  const counted = ids.every((id, index) => id === index) && (ids.length === 1 || service === COUNTED);
  const fits = sorted.every(({ ports, id }) => differing(ports, { id, block }).length === 0);
  if (counted && fits) return compact({ instances: ids.length === 1 ? undefined : ids.length });
  if (sorted.length === 1 && only !== undefined) {
    return compact({
      instances: only.id === 0 ? undefined : [{ id: only.id }],
      ports: ownPorts(only, block),
    });
  }
  return { instances: sorted.map(instance => listEntry(instance, block)) };
}

function listEntry({ id, ports }: InstanceDraft, block: PortBlock): PlainMap {
  const own = differing(ports, { id, block }).flatMap(key => {
    const name = INSTANCE_KEYS[key];
    return name === undefined ? [] : [[name, ports[key] ?? null] as const];
  });
  return { id, ...Object.fromEntries(own) };
}

function ownPorts({ id, ports }: InstanceDraft, block: PortBlock): PlainMap {
  const own = differing(ports, { id, block }).flatMap((key): [string, Plain][] => {
    if (key === "cassandra_internode_tls") return [];
    const [base] = baseOf(ports[key], { key, id });
    return base === undefined ? [] : [[key, base]];
  });
  return Object.fromEntries(own);
}

function differing(
  ports: InstanceDraft["ports"],
  { id, block }: { id: number; block: PortBlock },
): readonly string[] {
  return Object.keys(ports).filter(key => baseOf(ports[key], { key, id })[0] !== block[key]);
}

/** The number in the block that gives an instance its port. */
function baseOf(port: number | undefined, { key, id }: { key: string; id: number }): readonly number[] {
  if (port === undefined) return [];
  return [key === "hub" || key === "hub_proxy" ? port - 2 * id : port];
}

function standardPort(key: string): number | undefined {
  const port = Object.entries(STANDARD_PORTS).find(([name]) => name === key)?.[1];
  return typeof port === "number" ? port : undefined;
}
