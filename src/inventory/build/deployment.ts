import * as v from "valibot";
import type { DeploymentName, HostName, ServiceName } from "../../base/names.ts";
import { closest } from "../../base/suggest.ts";
import type { Deployment, Host, Ports, SmokeTest, VpnSettings } from "../model.ts";
import { layPorts, type PortsEntry } from "../ports.ts";
import { deploymentEntries, portsSchema } from "../schema/site.ts";
import { validate } from "../schema/validate.ts";
import {
  asMap,
  get,
  merge,
  mergeMaps,
  pick,
  type Entry,
  type MapValue,
  type Value,
} from "../source/value.ts";
import { reportMissing, type BuildContext, type DeploymentSource } from "./context.ts";
import { buildHosts, vmSources, type HostSource } from "./hosts.ts";
import { buildSecrets } from "./secrets.ts";
import { buildServices, type BuiltService } from "./services.ts";

/** A deployment with the places of all that it was built from. */
export interface BuiltDeployment {
  deployment: Deployment;
  overcommit: Overcommit;
  sharesMachines: boolean;
  hostSources: ReadonlyMap<HostName, HostSource>;
  /** The same in file order, with hosts that have the name of another. */
  hostList: readonly HostSource[];
  services: ReadonlyMap<ServiceName, BuiltService>;
  /** The settings of the deployment itself, defaults below them. */
  source: MapValue;
  /** The blocks that its ports come from, the lowest first. */
  portSources: readonly MapValue[];
}

/** How many times its own size a machine may promise to VMs. */
export interface Overcommit {
  ram: number;
  cores: number;
  disk: number;
}

/** What the whole file gives to each deployment. */
export interface SharedSources {
  machines: readonly HostSource[];
  ports: MapValue | undefined;
  vpn: Value | undefined;
}

const deploymentSchema = v.strictObject(deploymentEntries);
type DeploymentSettings = v.InferOutput<typeof deploymentSchema>;

/** Builds one deployment. Where what it says of itself is wrong, the rest is built all the same, to find all problems at once. */
export function buildDeployment(
  source: DeploymentSource,
  shared: SharedSources & { own: readonly HostSource[] | undefined },
  context: BuildContext,
): BuiltDeployment {
  const { name, block, sharesMachines } = source;
  const settings = settingsOf(source, shared.vpn);
  const read = readSettings(settings, name, context);
  const portSources = [shared.ports, asMap(get(block, "ports"))].filter(found => found !== undefined);
  const ports = layPorts(portSources.flatMap(level => readPorts(level, name, context)));
  const hostList = [...(shared.own ?? shared.machines), ...vmSources(source, context)];
  const inherited = { user: read.user ?? "", dc: read.dc ?? onlyDataCentre(hostList) };
  const hosts = buildHosts(hostList, inherited, reportNoMachine(name, context));
  reportMissing([settings, ...portSources, ...hostList.map(host => host.source.value)], name, context);
  const hostSources = new Map(hostList.map(host => [host.name, host]));
  const found = { source: settings, hosts, problems: context.problems, deployment: name };
  const ground = { hosts, racks: racksOf(hosts, hostSources), ports, timeouts: read.timeouts };
  const built = buildServices(source, ground, context);
  return {
    deployment: { ...deploymentOf(name, read, { hosts, ports, built }), ...secretsOf(read, found) },
    overcommit: read.overcommit,
    sharesMachines,
    hostSources,
    hostList,
    services: new Map(built.map(service => [service.entry.name, service])),
    source: settings,
    portSources,
  };
}

interface BuiltParts {
  hosts: ReadonlyMap<HostName, Host>;
  ports: Ports;
  built: readonly BuiltService[];
}

function deploymentOf(
  name: DeploymentName,
  read: DeploymentSettings,
  { hosts, ports, built }: BuiltParts,
): Deployment {
  const { parallel, connect_timeout: connectTimeout, host_keys: hostKeys, become } = read.ssh;
  return {
    name,
    site: read.site ?? name,
    transport: read.transport,
    baseUrl: read.base_url,
    ports,
    ssh: { parallel, connectTimeout, hostKeys, become },
    timeouts: read.timeouts,
    ...vpnOf(read.vpn),
    ...smokeOf(read.smoke),
    hosts,
    services: new Map(built.map(({ entry }) => [entry.name, entry])),
    instances: built.flatMap(({ instances }) => instances),
  };
}

/** What the deployment says of itself over the defaults, and the VPN of the file with its own changes. */
function settingsOf({ defaults, block }: DeploymentSource, vpn: Value | undefined): MapValue {
  const known = (key: string) => key in deploymentEntries;
  const laid = mergeMaps(pick(defaults, known), pick(block, known));
  const own = get(block, "vpn");
  const joined = own === undefined ? vpn : merge(vpn, own);
  if (joined === undefined) return laid;
  return { ...laid, entries: new Map(laid.entries).set("vpn", { keyAt: joined.at, value: joined }) };
}

function readSettings(
  settings: MapValue,
  name: DeploymentName,
  { problems }: BuildContext,
): DeploymentSettings {
  const read = validate(deploymentSchema, settings, { problems, what: name, deployment: name });
  return read ?? v.parse(deploymentSchema, {});
}

function readPorts(level: MapValue, deployment: DeploymentName, { problems }: BuildContext): PortsEntry[] {
  const read = validate(portsSchema, level, { problems, what: "ports", deployment });
  return read === undefined ? [] : [read];
}

/** A site in one data centre need not name it; as soon as one machine does, nothing is taken for granted. */
function onlyDataCentre(sources: readonly HostSource[]): string | undefined {
  return sources.some(({ entry }) => entry.dc !== undefined) ? undefined : "DC0";
}

function vpnOf(vpn: DeploymentSettings["vpn"]): { vpn?: VpnSettings } {
  if (vpn === undefined) return {};
  const { kind, netmask, mesh, key_bits: keyBits } = vpn;
  return { vpn: { kind, netmask, mesh, keyBits } };
}

function secretsOf(
  { secrets }: DeploymentSettings,
  ground: Parameters<typeof buildSecrets>[1],
): Pick<Deployment, "secrets"> {
  return secrets === undefined ? {} : { secrets: buildSecrets(secrets, ground) };
}

/** Which of the two it asks is checked by a rule of its own (rules/smoke.ts), with the place in the file. */
function smokeOf(tests: DeploymentSettings["smoke"]): { smoke?: readonly SmokeTest[] } {
  if (tests.length === 0) return {};
  return {
    smoke: tests.map(({ name, of, http, port, status, body, headers, command, timeout }) => ({
      name,
      of,
      question:
        command === undefined
          ? { kind: "http", path: http ?? "/", port, status, body, headers }
          : { kind: "command", command },
      timeout,
    })),
  };
}

function racksOf(
  hosts: ReadonlyMap<HostName, Host>,
  sources: ReadonlyMap<HostName, HostSource>,
): ReadonlyMap<HostName, Entry> {
  const rackOf = (name: HostName | undefined) =>
    name === undefined ? undefined : sources.get(name)?.source.value.entries.get("rack");
  const racks = new Map<HostName, Entry>();
  for (const { name, vm, rack } of hosts.values()) {
    const entry = rack === undefined ? undefined : (rackOf(name) ?? rackOf(vm?.machine));
    if (entry !== undefined) racks.set(name, entry);
  }
  return racks;
}

function reportNoMachine(deployment: DeploymentName, { problems }: BuildContext) {
  return ({ source, entry }: HostSource, machines: Iterable<HostName>): void => {
    const wanted = "at" in entry ? entry.at : "";
    const at = get(source.value, "at")?.at ?? source.keyAt;
    const suggestion = () => {
      const near = closest(wanted, machines);
      return near === undefined ? undefined : `did you mean ${near}?`;
    };
    problems.add({ at, message: `there is no machine "${wanted}" to be at`, suggestion, deployment });
  };
}
