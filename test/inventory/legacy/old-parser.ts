import { runInNewContext } from "node:vm";

/**
 * The old parser once more, written from the description of its format and nothing else, as the judge of the importer. It
 * shares no code with it: Python's literals are close enough to JavaScript's to be read by that.
 */
export interface OldSite {
  addresses: readonly string[];
  /** Names that are certain: those that `[vm]` rows use. */
  names: Readonly<Record<string, string>>;
  vms: readonly OldVm[];
  instances: readonly OldInstance[];
  /** `DC:RACK` of each node by its address. */
  topology: Readonly<Record<string, string>>;
  seeds: readonly string[];
}

export interface OldVm {
  name: string;
  machine: string;
  address: string;
  vcpus: number;
  ram: number;
  /** Gigabytes by name. */
  disks: Readonly<Record<string, number>>;
}

export interface OldInstance {
  service: string;
  address: string;
  id: number;
  ports: Readonly<Record<string, number>>;
}

type Dictionary = Record<string, unknown>;

interface OldSection {
  options: Dictionary;
  rows: { query: string; options: Dictionary }[];
}

export interface OldFiles {
  hosts: string;
  services: string;
  /** Values of names whose lines would have to be executed. */
  given?: Dictionary;
}

/** What the old tool would have run. */
export function parseOld({ hosts, services, given = {} }: OldFiles): OldSite {
  const lines = hosts
    .split("\n")
    .map(line => (line.split("#")[0] ?? "").trim().split(/\s+/))
    .filter(words => words[0] !== "");
  const find = (query: string) => [
    ...new Set(
      lines.filter(words => query === "all" || words.includes(query)).map(([address = ""]) => address),
    ),
  ];
  const sections = readSections(services, given);
  const names: Record<string, string> = {};
  const vms = rowsOf(sections, "vm").flatMap(({ query, options }) => {
    const [machine = ""] = find(query);
    const name = String(options["hostname"]);
    const [address = ""] = find(name);
    names[machine] = query;
    names[address] = name;
    return [
      {
        name,
        machine,
        address,
        vcpus: Number(options["vcpus"] ?? 2),
        ram: Number(options["ram"] ?? 4),
        disks: disksOf(options["disk"]),
      },
    ];
  });
  const topology: Record<string, string> = {};
  const seeds: string[] = [];
  const instances: OldInstance[] = [];
  for (const service of [...sections.keys()].filter(name => name !== "vm")) {
    for (const { query, options } of rowsOf(sections, service)) {
      for (const address of find(query)) {
        if (typeof options["topology"] === "string") topology[address] = options["topology"];
        if (options["seed"] === true) seeds.push(address);
        instances.push({
          service,
          address,
          id: Number(options["id"] ?? 0),
          ports: portsOf(service, options),
        });
      }
    }
  }
  return {
    addresses: [...new Set(lines.map(([address = ""]) => address))],
    names,
    vms,
    instances,
    topology,
    seeds,
  };
}

function readSections(services: string, given: Dictionary): Map<string, OldSection> {
  const names: Dictionary = { ...given };
  const sections = new Map<string, OldSection>();
  let current: OldSection = { options: {}, rows: [] };
  for (const line of services.split("\n").map(text => (text.split("#")[0] ?? "").trim())) {
    if (line === "" || line.startsWith("import ")) continue;
    const [, section, group = ""] = /^\[(\S+)\]\s*(.*)$/.exec(line) ?? [];
    const [, target, expression = ""] = /^(\w+)\s*=(.*)$/.exec(line) ?? [];
    if (target !== undefined) {
      if (!(target in given)) names[target] = evaluate(expression, names);
    } else if (section !== undefined) {
      current = { options: dictionary(group, names), rows: [] };
      sections.set(section, current);
    } else {
      const [query = "", ...rest] = line.split(/\s+/);
      current.rows.push({ query, options: dictionary(rest.join(" "), names) });
    }
  }
  return sections;
}

/** The group goes over the row: the old bug, which decided what ran. */
function rowsOf(sections: ReadonlyMap<string, OldSection>, name: string): OldSection["rows"] {
  const { rows = [], options: group = {} } = sections.get(name) ?? {};
  return rows.map(({ query, options }) => ({ query, options: { ...options, ...group } }));
}

function dictionary(text: string, names: Dictionary): Dictionary {
  return text === "" ? {} : (evaluate(text, names) as Dictionary);
}

function evaluate(python: string, names: Dictionary): unknown {
  const script = python.replace(/'([^']*)%s([^']*)'\s*%\s*os\.environ\['(\w+)'\]/, "'$1${env:$3}$2'");
  return runInNewContext(`(${script})`, { ...names, True: true, False: false, None: null }) as unknown;
}

function disksOf(text: unknown): Record<string, number> {
  const disks = typeof text === "string" ? text.split(",") : [];
  return Object.fromEntries(disks.map(disk => [disk.split(":")[0], Number(disk.split(":")[1])]));
}

const DEFAULT_PORTS: Readonly<Record<string, Record<string, [option: string, port: number]>>> = {
  stunnel: { stunnel: ["accept_port", 443] },
  nginx: { nginx: ["port", 8080] },
  hub: { hub: ["port", 5000], hub_proxy: ["proxy_port", 5001] },
  cassandra: {
    cassandra_internode: ["storage_port", 7000],
    cassandra_internode_tls: ["ssl_storage_port", 7001],
    cassandra_native: ["native_transport_port", 9042],
    cassandra_client: ["rpc_port", 9160],
    cassandra_jmx: ["JMX_PORT", 7199],
  },
  haproxy: {
    haproxy: ["accept_proxy_port", 8000],
    http_redirect: ["insecure_redirect_port", Number.NaN],
    insecure_testing: ["insecure_testing_port", Number.NaN],
  },
};

function portsOf(service: string, options: Dictionary): Record<string, number> {
  const ports = Object.entries(DEFAULT_PORTS[service] ?? {}).map(
    ([key, [option, port]]) => [key, Number(options[option] ?? port)] as const,
  );
  return Object.fromEntries(ports.filter(([, port]) => !Number.isNaN(port)));
}
