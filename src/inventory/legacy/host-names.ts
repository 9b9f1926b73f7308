import ipaddr from "ipaddr.js";
import type { HostLine, LegacyHost, Section } from "./model.ts";

/** Words that say what a host does; in the old files they are never what a host is called, wherever they stand. */
const GROUP_WORDS = ["cassandra", "compute", "haproxy", "hub", "nginx", "snap", "stunnel", "sagenb"];
const OTHER_GROUP_WORDS = ["admin", "edge", "kvm", "kvm-host", "vm", "all"];

/** What the names of an address are judged by. */
interface Evidence {
  /** Names that rows of `[vm]` give to VMs. */
  vms: ReadonlySet<string>;
  /** Names of the hosts that rows of `[vm]` start with. */
  machines: ReadonlySet<string>;
  /** How many addresses have the name. */
  owners: ReadonlyMap<string, number>;
  groups: ReadonlySet<string>;
}

interface Address {
  names: string[];
  remark: string;
  at: number;
}

/**
 * Gives each address one name. The old parser took the rightmost, which makes 18 hosts of a real file "cassandra"
 * (`cassandra1 cassandra`): here it is the rightmost that no other address has and that is no service. What `[vm]` rows
 * call a VM or a machine goes first. Lines with the same address are one host.
 */
export function nameHosts(lines: readonly HostLine[], sections: readonly Section[]): readonly LegacyHost[] {
  const addresses = new Map<string, Address>();
  for (const { address, names, remark, at } of lines) {
    const known = addresses.get(address) ?? { names: [], remark: "", at };
    known.names = [...known.names.filter(name => !names.includes(name)), ...new Set(names)];
    known.remark ||= remark;
    addresses.set(address, known);
  }
  const evidence = evidenceOf(addresses, sections);
  const chosen = [...addresses].map(([address, { names }]) => chooseName(address, names, evidence));
  return [...addresses].map(([address, { names, remark, at }], index) => {
    const first = chosen[index] ?? address;
    const shared = chosen.filter(name => name === first).length > 1;
    const name = shared ? `${first}-${address.replaceAll(/[.:]/g, "-")}` : first;
    return { name, address, tags: names.filter(tag => tag !== first || shared), remark, at };
  });
}

function evidenceOf(addresses: ReadonlyMap<string, Address>, sections: readonly Section[]): Evidence {
  const owners = new Map<string, number>();
  for (const { names } of addresses.values())
    for (const name of names) owners.set(name, (owners.get(name) ?? 0) + 1);
  const rows = sections.filter(({ name }) => name.startsWith("vm")).flatMap(section => section.rows);
  const vms = rows.map(({ options }) => options.get("hostname")?.value);
  return {
    vms: new Set(vms.filter(name => typeof name === "string")),
    machines: new Set(rows.map(({ query }) => query)),
    owners,
    groups: new Set([...GROUP_WORDS, ...OTHER_GROUP_WORDS, ...sections.map(({ name }) => name)]),
  };
}

function chooseName(address: string, names: readonly string[], evidence: Evidence): string {
  const { vms, machines, owners, groups } = evidence;
  const own = names.filter(name => owners.get(name) === 1).toReversed();
  const proper = own.filter(name => !groups.has(name));
  return (
    own.find(name => vms.has(name)) ??
    proper.find(name => machines.has(name)) ??
    (ipaddr.isValid(address) ? undefined : address) ??
    names.find(name => name === "localhost") ??
    proper[0] ??
    own[0] ??
    names.at(-1) ??
    address
  );
}
