import type { DeploymentName, HostName } from "../../base/names.ts";
import { closest } from "../../base/suggest.ts";
import type { Bytes } from "../../base/units.ts";
import type { Host, VmDisk } from "../model.ts";
import { machineSchema, vmDefaults, vmSchema, type MachineEntry, type VmEntry } from "../schema/hosts.ts";
import { name as nameSchema } from "../schema/leaves.ts";
import { validate } from "../schema/validate.ts";
import { expandEntries, type NamedEntry } from "../source/expand.ts";
import type { Problems } from "../problems.ts";
import { asMap, get, mergeMaps, pick, type MapValue, type Offset } from "../source/value.ts";
import * as v from "valibot";
import type { BuildContext, DeploymentSource } from "./context.ts";
import { placeVms } from "./placement.ts";

/** A host as its entries describe it, before the deployment adds its own. */
export type HostSource =
  | { kind: "machine"; name: HostName; source: NamedEntry; entry: MachineEntry }
  | { kind: "vm"; name: HostName; source: NamedEntry; entry: VmEntry };

/** What a deployment gives to hosts that do not say it themselves. */
export interface HostDefaults {
  user: string;
  dc: string | undefined;
}

/** Expands and checks a mapping of machines. Those with `state: absent` are left out. */
export function machineSources(map: MapValue, context: BuildContext): HostSource[] {
  const { problems } = context;
  return [...expandEntries(map, problems).values()].flatMap((source): HostSource[] => {
    checkName(source, context);
    const where = { problems, what: "the machine", keyAt: source.keyAt };
    const entry = validate(machineSchema, source.value, where);
    return entry?.state === "present" ? [{ kind: "machine", name: source.name, source, entry }] : [];
  });
}

/** Expands and checks the VMs of a deployment, over `defaults: vm:`. Those with `state: absent` are left out. */
export function vmSources(
  { name: deployment, block, defaults }: DeploymentSource,
  context: BuildContext,
): HostSource[] {
  const { problems } = context;
  const base = asMap(get(defaults, "vm"));
  const map = asMap(get(block, "vms"));
  if (map === undefined) return [];
  const expanded = placeVms(expandEntries(map, problems), context);
  return [...expanded.values()].flatMap((own): HostSource[] => {
    const known = base && pick(base, key => key in vmDefaults);
    const source = known === undefined ? own : { ...own, value: mergeMaps(known, own.value) };
    checkName(source, context);
    if (get(source.value, "at") === undefined) return reportHomeless(source, { names: expanded, context });
    const where = { problems, what: "the VM", keyAt: source.keyAt, deployment };
    const entry = validate(vmSchema, source.value, where);
    if (entry !== undefined) reportNoSize(entry, { at: source.keyAt, deployment, problems });
    return entry?.state === "present" ? [{ kind: "vm", name: source.name, source, entry }] : [];
  });
}

/** The hosts of a deployment, machines first. A VM on a machine that is not there is a problem, and left out. */
export function buildHosts(
  sources: readonly HostSource[],
  defaults: HostDefaults,
  report: (source: HostSource, machines: Iterable<HostName>) => void,
): Map<HostName, Host> {
  const hosts = new Map<HostName, Host>();
  for (const source of sources) {
    const machine = source.kind === "vm" ? hosts.get(source.entry.at) : undefined;
    if (source.kind === "vm" && machine?.kind !== "machine") report(source, hosts.keys());
    else hosts.set(source.name, hostOf(source, defaults, machine));
  }
  return hosts;
}

function hostOf(source: HostSource, defaults: HostDefaults, machine: Host | undefined): Host {
  const { entry } = source;
  return {
    name: source.name,
    kind: source.kind,
    address: entry.vpn,
    public: entry.public,
    user: entry.user ?? defaults.user,
    ...(entry.ssh_port === undefined ? {} : { sshPort: entry.ssh_port }),
    dc: entry.dc ?? machine?.dc ?? defaults.dc,
    rack: entry.rack ?? machine?.rack,
    site: entry.site ?? machine?.site,
    role: entry.role,
    tags: entry.tags,
    managed: entry.managed,
    ram: entry.ram,
    cores: source.kind === "vm" ? source.entry.vcpus : source.entry.cores,
    disk: source.kind === "vm" ? undefined : source.entry.disk,
    vm: source.kind === "vm" ? vmOf(source.entry) : undefined,
  };
}

/** smc must know how large the VMs are that it makes. */
function reportNoSize(
  entry: VmEntry,
  { at, deployment, problems }: { at: Offset; deployment: DeploymentName; problems: Problems },
): void {
  for (const key of ["ram", "vcpus"] as const) {
    if (entry[key] !== undefined || entry.driver === "gce") continue;
    problems.add({ at, message: `the VM has no "${key}"`, suggestion: `add ${key}: …`, deployment });
  }
}

function vmOf({ at, image, driver, cache, fs, disks, zone, type, ...entry }: VmEntry): Host["vm"] {
  const { bridge, prefix, gateway, nameservers } = entry.network;
  const named = Object.entries(disks).map(([name, disk]) => [name, diskOf(disk, fs)] as const);
  return {
    machine: at,
    image,
    driver,
    cache,
    disks: new Map(named),
    network: { bridge, prefix, gateway, nameservers },
    authorizedKeys: entry.authorized_keys,
    ...(zone === undefined ? {} : { zone }),
    ...(type === undefined ? {} : { type }),
  };
}

function diskOf(disk: VmEntry["disks"][string], fs: string): VmDisk {
  const said: Partial<Exclude<typeof disk, Bytes>> = typeof disk === "number" ? { size: disk } : disk;
  return { size: said.size, fs: said.fs ?? fs, format: said.format ?? "qcow2", device: said.device };
}

function checkName({ name, keyAt }: NamedEntry, { problems }: BuildContext): void {
  const result = v.safeParse(nameSchema, name);
  if (!result.success) problems.add({ at: keyAt, message: `"${name}": ${result.issues[0].message}` });
}

/** A VM without a machine is most often an entry that was to refine another, with its name mistyped. */
function reportHomeless(
  { name, keyAt }: NamedEntry,
  { names, context }: { names: ReadonlyMap<HostName, NamedEntry>; context: BuildContext },
): [] {
  context.problems.add({
    at: keyAt,
    message: `the VM ${name} has no "at", so it is on no machine`,
    suggestion: () => {
      const near = closest(name, names.keys());
      return near === undefined ? "add at: MACHINE" : `did you mean ${near}?`;
    },
  });
  return [];
}
