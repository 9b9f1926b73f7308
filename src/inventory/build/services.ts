import type { HostName, ServiceName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { closest } from "../../base/suggest.ts";
import type { Host, Instance, Ports, ServiceEntry, Timeouts } from "../model.ts";
import type { ServiceFormat } from "../schema/services.ts";
import { entriesOf } from "../schema/shape.ts";
import { select } from "../selection.ts";
import { expandHostLists } from "../source/expand.ts";
import { asMap, get, mergeMaps, textOf, type Entry, type MapValue, type Value } from "../source/value.ts";
import { reportMissing, type BuildContext, type DeploymentSource } from "./context.ts";
import { readEntry, type ReadEntry } from "./entry.ts";
import { instancesOn, ownTimeouts } from "./instances.ts";
import { hostOverrides, type Overrides } from "./overrides.ts";

/** What services are built on: the hosts of the deployment and what holds for all of it. */
export interface Ground {
  hosts: ReadonlyMap<HostName, Host>;
  /** What a host, or the machine of a VM, says of its own rack. */
  racks: ReadonlyMap<HostName, Entry>;
  ports: Ports;
  timeouts: Timeouts;
}

export interface BuiltService {
  entry: ServiceEntry;
  instances: readonly Instance[];
  /** The group's settings with their places. */
  source: MapValue;
  /** The settings of each host with their places; hosts without any of their own share those of the group. */
  hostSources: ReadonlyMap<HostName, MapValue>;
}

/** Builds every service of a deployment that is not absent, in file order. */
export function buildServices(
  source: DeploymentSource,
  ground: Ground,
  context: BuildContext,
): BuiltService[] {
  const entries = asMap(get(source.block, "services"))?.entries ?? new Map<string, never>();
  return [...entries].flatMap(([name, { keyAt, value }]) => {
    const own = asMap(value);
    if (own === undefined) {
      context.problems.add({
        at: value.at,
        message: `"${name}" must have keys of its own`,
        suggestion: `${name}: {at: …}`,
      });
      return [];
    }
    const format = formatOf(name, own, context);
    if (format === undefined) {
      reportUnknownService(name, keyAt, context);
      return [];
    }
    const below = asMap(get(source.defaults, name));
    const merged = below === undefined ? own : { ...mergeMaps(below, own, format.alternatives), at: own.at };
    const group = expandHostLists(merged, format.hostLists ?? [], context.problems);
    const built = new ServiceBuilder({ name, format, group, source, ground, context }).build();
    return built === undefined ? [] : [built];
  });
}

/** A service that smc does not know is the site's own when it says which command to run. */
function formatOf(name: ServiceName, entry: MapValue, { formats }: BuildContext): ServiceFormat | undefined {
  const known = Object.hasOwn(formats.known, name) ? formats.known[name] : undefined;
  return known ?? (get(entry, "command") === undefined ? undefined : formats.custom);
}

function reportUnknownService(name: ServiceName, at: number, { formats, problems }: BuildContext): void {
  const known = Object.keys(formats.known);
  const near = closest(name, known);
  const own = "a service of your own needs a command:";
  const suggestion =
    near === undefined ? `smc knows ${known.join(", ")}; ${own}` : `did you mean ${near}? (${own})`;
  problems.add({ at, message: `there is no service "${name}"`, suggestion });
}

interface Parts {
  name: ServiceName;
  format: ServiceFormat;
  /** Defaults < deployment < group, with the keys that every service has. */
  group: MapValue;
  source: DeploymentSource;
  ground: Ground;
  context: BuildContext;
}

class ServiceBuilder {
  readonly #parts: Parts;
  readonly #read: (value: MapValue) => ReadEntry | undefined;

  constructor(parts: Parts) {
    const { name, format, source, context } = parts;
    this.#parts = parts;
    this.#read = value =>
      readEntry(value, { what: name, format, problems: context.problems, deployment: source.name });
  }

  build(): BuiltService | undefined {
    const { name, group, source, context } = this.#parts;
    const read = this.#read(group);
    if (read?.common.state !== "present") return undefined;
    reportMissing([withoutHosts(group)], source.name, context);
    const overrides = this.#overrides(group);
    const hosts = this.#hosts(group, overrides);
    const hostSources = new Map<HostName, MapValue>();
    const instances: Instance[] = [];
    const present: HostName[] = [];
    for (const host of hosts) {
      const layered = this.#layer(host, { group, override: overrides.get(host.name)?.value });
      const own = layered === group ? read : this.#read(layered);
      if (own?.common.state !== "present") continue;
      hostSources.set(host.name, layered);
      present.push(host.name);
      instances.push(
        ...instancesOn(host, { ...this.#parts, ...this.#parts.ground, source: layered, read: own }),
      );
    }
    const entry: ServiceEntry = { name, settings: read.settings, hosts: present, ...this.#extras(read) };
    return { entry, instances, source: group, hostSources };
  }

  #extras({ common }: ReadEntry): Pick<ServiceEntry, "version" | "timeouts"> {
    const { timeouts } = this.#parts.ground;
    return {
      ...(common.version === undefined ? {} : { version: common.version }),
      ...ownTimeouts(common.timeouts, timeouts),
    };
  }

  #overrides(group: MapValue): Overrides {
    const { source, ground, context } = this.#parts;
    const overrides = hostOverrides(get(group, "hosts"), { hosts: ground.hosts, problems: context.problems });
    reportMissing(
      [...overrides.values()].map(({ value }) => value),
      source.name,
      context,
    );
    return overrides;
  }

  /** The hosts of `at`; without it, those that `hosts:` names. */
  #hosts(group: MapValue, overrides: Overrides): readonly Host[] {
    const { name, ground, context } = this.#parts;
    const at = get(group, "at");
    if (at === undefined && overrides.size > 0)
      return [...ground.hosts.values()].filter(host => overrides.has(host.name));
    if (at === undefined) {
      context.problems.add({
        at: group.at,
        message: `${name} has no "at", so it runs nowhere`,
        suggestion: "add at: HOSTS",
      });
      return [];
    }
    const chosen = this.#select(at);
    const names = new Set(chosen.map(host => host.name));
    for (const [host, { keyAt }] of overrides) {
      if (names.size === 0 || names.has(host)) continue;
      context.problems.add({
        at: keyAt,
        message: `${name} does not run on ${host}`,
        suggestion: "add the host to at:",
      });
    }
    return chosen;
  }

  #select(at: Value): readonly Host[] {
    const { source, ground, context } = this.#parts;
    try {
      return select(ground.hosts, wordsOf(at));
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      context.problems.add({
        at: at.at,
        message: error.message,
        suggestion: error.hint,
        deployment: source.name,
      });
      return [];
    }
  }

  /** Group < what the host itself says of its rack < the host's entry below the service. */
  #layer(host: Host, { group, override }: { group: MapValue; override: MapValue | undefined }): MapValue {
    const { format, ground, context } = this.#parts;
    const rack = ground.racks.get(host.name);
    const racked =
      rack === undefined || !("rack" in entriesOf(format.settings))
        ? group
        : { ...group, entries: new Map(group.entries).set("rack", rack) };
    if (override === undefined) return racked;
    const own = expandHostLists(override, format.hostLists ?? [], context.problems);
    return mergeMaps(racked, own, format.alternatives);
  }
}

function wordsOf(at: Value): readonly string[] {
  const items = at.kind === "list" ? at.items : [at];
  return items.map(textOf).filter(word => word !== undefined);
}

function withoutHosts(group: MapValue): MapValue {
  if (!group.entries.has("hosts")) return group;
  const entries = new Map(group.entries);
  entries.delete("hosts");
  return { ...group, entries };
}
