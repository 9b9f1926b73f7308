import { foldNames } from "../../base/host-ranges.ts";
import type { Problems } from "../problems.ts";
import { HostQueries } from "./host-query.ts";
import { nameHosts } from "./host-names.ts";
import type {
  HostLine,
  LegacyHost,
  LegacyInstance,
  LegacySite,
  LegacyVm,
  Options,
  Row,
  Section,
} from "./model.ts";

const VM_SECTIONS = ["vm", "vmgce"] as const;
/** On what the rows of `[vmgce]` say that their VMs run. */
const NOWHERE: LegacyHost = { name: "localhost", address: "127.0.0.1", tags: [], remark: "", at: 0 };

/**
 * Expands sections and rows as the old parser did: every host of a row's query gets a copy of its options, and the options
 * of the section go over them (its own bug, kept here, so that what ran is what is imported).
 */
export function expandSite(
  lines: readonly HostLine[],
  sections: readonly Section[],
  problems: Problems,
): LegacySite {
  const named = nameHosts(lines, sections);
  const isGce = sections.some(({ name, rows }) => name === "vmgce" && rows.length > 0);
  const hosts = isGce && !named.some(isLocalhost) ? [...named, NOWHERE] : named;
  const expansion = new Expansion(new HostQueries(hosts, problems), problems);
  const services = sections.filter(({ name }) => !isVmSection(name));
  return {
    hosts,
    vms: sections.flatMap(section => (isVmSection(section.name) ? expansion.vms(section, section.name) : [])),
    services: new Map(services.map(section => [section.name, expansion.instances(section)])),
    queries: new Map(services.map(({ name, rows }) => [name, [...new Set(rows.map(({ query }) => query))]])),
  };
}

function isVmSection(name: string): name is (typeof VM_SECTIONS)[number] {
  return (VM_SECTIONS as readonly string[]).includes(name);
}

function isOwnWord(query: string, host: LegacyHost | undefined): boolean {
  return query === host?.name || query === host?.address;
}

function isLocalhost({ name, tags }: LegacyHost): boolean {
  return name === "localhost" || tags.includes("localhost");
}

class Expansion {
  readonly #queries: HostQueries;
  readonly #problems: Problems;

  constructor(queries: HostQueries, problems: Problems) {
    this.#queries = queries;
    this.#problems = problems;
  }

  vms(section: Section, kind: LegacyVm["kind"]): readonly LegacyVm[] {
    const vms = new Map<string, LegacyVm>();
    for (const row of section.rows) {
      const options = effective(section, row);
      const [machine, ...others] = this.#queries.find(row.query, row.at);
      const host = this.#vmHost(options, row);
      if (machine === undefined || host === undefined) continue;
      if (others.length > 0)
        this.#problems.add({ at: row.at, message: `${host.name} is on several machines` });
      if (vms.has(host.name)) this.#warn(row, `${host.name} has a row already; this one counts`);
      vms.set(host.name, { host, machine, kind, options, at: row.at });
    }
    return [...vms.values()];
  }

  #vmHost(options: Options, { at }: Row): LegacyHost | undefined {
    const named = options.get("hostname") ?? options.get("ip_address");
    if (named === undefined || typeof named.value !== "string") {
      this.#problems.add({ at, message: "this VM has no name", suggestion: "add 'hostname':'…'" });
      return undefined;
    }
    const [host, ...others] = this.#queries.find(named.value, named.at);
    if (others.length === 0) return host;
    this.#problems.add({ at: named.at, message: `${others.length + 1} hosts are called "${named.value}"` });
    return undefined;
  }

  /** One for each host and id. A row for a host by name goes over a row for a group that has it, whatever their order. */
  instances(section: Section): readonly LegacyInstance[] {
    const found = section.rows.flatMap(row => {
      const hosts = this.#queries.find(row.query, row.at);
      const options = effective(section, row);
      const id = this.#idOf(options, row);
      const single = hosts.length === 1 && isOwnWord(row.query, hosts[0]);
      return hosts.map(host => ({ service: section.name, host, id, options, at: row.at, single }));
    });
    const instances = new Map<string, LegacyInstance>();
    const repeated: LegacyInstance[] = [];
    for (const { single: _, ...instance } of found.toSorted((a, b) => Number(a.single) - Number(b.single))) {
      const key = `${instance.host.name} ${instance.id}`;
      const known = instances.get(key);
      if (known !== undefined) repeated.push(instance);
      const options =
        known === undefined ? instance.options : new Map([...known.options, ...instance.options]);
      instances.set(key, { ...instance, options });
    }
    this.#reportRepeated(section.name, repeated);
    return [...instances.values()];
  }

  /** One warning a row, however many hosts it has. */
  #reportRepeated(section: string, instances: readonly LegacyInstance[]): void {
    for (const [, rows] of Map.groupBy(instances, ({ at, id }) => `${at} ${id}`)) {
      const [first] = rows;
      if (first === undefined) continue;
      const names = foldNames(rows.map(({ host }) => host.name));
      this.#warn(first, `${section} ${first.id} on ${names} has two rows; this one goes over the other`);
    }
  }

  #idOf(options: Options, { at }: Row): number {
    const { value = 0n, at: place = at } = options.get("id") ?? {};
    const text = typeof value === "string" || typeof value === "bigint" ? String(value) : "";
    if (/^\d{1,9}$/.test(text)) return Number(text);
    this.#problems.add({ at: place, message: "an id is a number from 0" });
    return 0;
  }

  #warn({ at }: { at: number }, message: string): void {
    this.#problems.add({ at, message, severity: "warning" });
  }
}

function effective(section: Section, row: Row): Options {
  return new Map([...row.options, ...section.options]);
}
