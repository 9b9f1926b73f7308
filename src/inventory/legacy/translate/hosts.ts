import ipaddr from "ipaddr.js";
import type { PlaceRemark } from "../hosts-file.ts";
import type { LegacyHost, LegacySite, LegacyVm } from "../model.ts";
import { compact, type Plain, type PlainMap } from "../plain.ts";
import type { TranslateContext } from "./context.ts";
import type { DataCentres } from "./data-centres.ts";
import { parseDisks } from "./disks.ts";
import { OptionReader } from "./options.ts";
import type { HostTags } from "./tags.ts";

/** What vm.py of the old tool took where a row said nothing. */
const OLD_IMAGE = "salvus";
const OLD_VCPUS = 2;
const OLD_RAM = 4;

export interface HostDrafts {
  machines: ReadonlyMap<string, PlainMap>;
  vms: ReadonlyMap<string, PlainMap>;
}

/** The entry of the machine that a VM is on. */
export function machineOf(vm: PlainMap, machines: HostDrafts["machines"]): PlainMap | undefined {
  return typeof vm["at"] === "string" ? machines.get(vm["at"]) : undefined;
}

export interface HostFacts {
  dataCentres: DataCentres;
  tags: ReadonlyMap<string, HostTags>;
  places: ReadonlyMap<string, PlaceRemark>;
  /** Hosts that some service has a row for. */
  busy: ReadonlySet<string>;
}

/** Turns hosts into the entries of machines and VMs. A host that is neither a VM nor used for anything is not managed. */
export function translateHosts(site: LegacySite, facts: HostFacts, context: TranslateContext): HostDrafts {
  const guests = new Set(site.vms.map(({ host }) => host));
  const isMachine = machineTest(site, facts);
  const others = site.hosts.filter(host => !guests.has(host));
  const unused = others.filter(host => !isMachine(host)).map(({ name }) => name);
  if (unused.length > 0)
    context.notes.add("hosts that no row uses are machines with managed: false, which smc leaves alone");
  const machines = others.map(host => [host.name, machineEntry(host, facts, isMachine(host))] as const);
  return {
    machines: new Map(machines),
    vms: new Map(site.vms.map(vm => [vm.host.name, vmEntry(vm, facts, context)])),
  };
}

/** Machines carry VMs, or have the tags that all of those have and no VM, or run something; without VMs all are machines. */
function machineTest({ vms }: LegacySite, { busy }: HostFacts): (host: LegacyHost) => boolean {
  const carriers = new Set(vms.map(({ machine }) => machine));
  const [first, ...rest] = carriers;
  const marks = (first?.tags ?? []).filter(
    tag => rest.every(({ tags }) => tags.includes(tag)) && !vms.some(({ host }) => host.tags.includes(tag)),
  );
  return host =>
    vms.length === 0 ||
    carriers.has(host) ||
    busy.has(host.name) ||
    host.tags.some(tag => marks.includes(tag));
}

function machineEntry(host: LegacyHost, facts: HostFacts, managed: boolean): PlainMap {
  const { site, tags } = facts.tags.get(host.name) ?? { site: undefined, tags: [] };
  return compact({
    dc: facts.dataCentres.get(host.name),
    site,
    vpn: host.address,
    public: facts.places.get(host.name)?.public,
    tags,
    ...hardware(host.remark),
    managed: managed ? undefined : false,
  });
}

/** `# 64gb ram; 16 cores; 6tb disk` at the end of a line. */
function hardware(remark: string): Readonly<Record<string, Plain | undefined>> {
  const size = (pattern: RegExp) => {
    const [, number, unit] = pattern.exec(remark) ?? [];
    return number === undefined || unit === undefined ? undefined : `${number}${unit.toUpperCase()}`;
  };
  const cores = /\b(\d+)\s*cores?\b/i.exec(remark)?.[1];
  return {
    ram: size(/\b(\d+)\s*([gt]b)\s+ram\b/i),
    cores: cores === undefined ? undefined : Number(cores),
    disk: size(/\b(\d+)\s*([gt]b)\s+disk\b/i),
  };
}

function vmEntry(vm: LegacyVm, facts: HostFacts, context: TranslateContext): PlainMap {
  const { host, machine } = vm;
  const options = new OptionReader(vm, context.problems);
  options.ignore("hostname", "ip_address");
  const dc = facts.dataCentres.get(host.name);
  const entry = compact({
    at: machine.name,
    ...roleOf(facts.tags.get(host.name)?.tags ?? []),
    dc: dc === facts.dataCentres.get(machine.name) ? undefined : dc,
    vpn: host.address,
    ...(vm.kind === "vmgce" ? gceSettings(options) : kvmSettings(options)),
    disks: readDisks(options, vm, context),
  });
  if (options.value("vnc") !== undefined)
    context.notes.dropped(`${vm.kind}: vnc`, {
      host: host.name,
      why: "left out, smc has consoles of its own",
    });
  options.dropLeft(vm.kind, { host: host.name, notes: context.notes });
  return entry;
}

function roleOf(tags: readonly string[]): PlainMap {
  const [only] = tags;
  return tags.length === 1 && only !== undefined ? { role: only } : compact({ tags });
}

function kvmSettings(options: OptionReader): Readonly<Record<string, Plain | undefined>> {
  options.ignore("sudo", "timeout", "id", "vm_type");
  return {
    vcpus: options.number("vcpus") ?? OLD_VCPUS,
    ram: gigabytes(options.number("ram") ?? OLD_RAM),
    image: options.text("base") ?? OLD_IMAGE,
  };
}

function gceSettings(options: OptionReader): Readonly<Record<string, Plain | undefined>> {
  options.ignore("sudo", "timeout", "id");
  const ram = options.number("ram");
  return {
    driver: "gce",
    zone: options.text("zone"),
    type: options.text("type") ?? options.text("machine_type") ?? options.text("instance_type"),
    vcpus: options.number("vcpus"),
    ram: ram === undefined ? undefined : gigabytes(ram),
    image: options.text("base") ?? options.text("image") ?? OLD_IMAGE,
  };
}

function gigabytes(number: number): string {
  return Number.isInteger(number) ? `${number}GB` : `${Math.round(number * 1024)}MB`;
}

function readDisks(
  options: OptionReader,
  vm: LegacyVm,
  { problems }: TranslateContext,
): PlainMap | undefined {
  const name = options.left().has("disk") ? "disk" : "disks";
  const at = options.left().get(name)?.at ?? vm.at;
  const text = options.text(name);
  if (text === undefined) return undefined;
  const disks = parseDisks(text);
  if (disks === undefined) {
    const message = `"${text}" does not name disks`;
    problems.add({ at, message, suggestion: "such as cassandra:256 or bup:1024:none:qcow2" });
  }
  return disks;
}

/** Whether services on the host can be reached by one machine alone: the address is its own loopback. */
export function isLoopback({ address }: LegacyHost): boolean {
  if (!ipaddr.isValid(address)) return address === "localhost";
  return ipaddr.parse(address).range() === "loopback";
}
