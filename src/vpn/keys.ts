import type { HostName } from "../base/names.ts";
import type { Host } from "../inventory/model.ts";
import { nodeName } from "./network.ts";
import { isMember, keyIn, ownKey, seenOf, type Seen } from "./observation.ts";

/** The public keys of the hosts that are in the VPN. */
export type PublicKeys = ReadonlyMap<HostName, string>;

/**
 * Who is in the VPN, with their keys. A host says it of itself; of one that does not answer, what the others agree on, who
 * were told of a new key by whatever controller; without that what this machine kept. A host that answers and is not in the VPN has no key, whoever says so.
 */
export function collectKeys(hosts: readonly Host[], seen: Seen, kept: PublicKeys): Map<HostName, string> {
  const keys = hosts.map(({ name }) => [name, keyOf(name, { hosts, seen, kept })] as const);
  return new Map(keys.flatMap(([name, key]) => (key === undefined ? [] : [[name, key] as const])));
}

/**
 * Whether a host is in the VPN, or may be: it did not answer, nothing is kept of it here, and those that answered do not all say that they
 * know no key of it.
 */
function mayBeMember(
  name: HostName,
  { hosts, seen, keys }: { hosts: readonly Host[]; seen: Seen; keys: PublicKeys },
): boolean {
  if (keys.has(name)) return true;
  if (seenOf(seen, name) !== undefined) return false;
  const told = toldOf(name, hosts, seen);
  return told.length === 0 || told.some(key => key !== undefined);
}

/** The hosts that may be members, and of which nobody here has a key: whatever members are to be told, they may have to be told. */
export function unknownMembers({
  network: { hosts },
  seen,
  keys,
}: {
  network: { hosts: readonly Host[] };
  seen: Seen;
  keys: PublicKeys;
}): Host[] {
  return hosts.filter(({ name }) => !keys.has(name) && mayBeMember(name, { hosts, seen, keys }));
}

function keyOf(
  name: HostName,
  { hosts, seen, kept }: { hosts: readonly Host[]; seen: Seen; kept: PublicKeys },
): string | undefined {
  const own = seenOf(seen, name);
  if (own !== undefined) return isMember(own) ? ownKey(own) : undefined;
  return keyByOthers(name, hosts, seen) ?? kept.get(name);
}

/**
 * Only where all that have one have the same, and every machine in the VPN has one: a member that was away when somebody left
 * must not bring that host back. VMs may know machines alone.
 */
function keyByOthers(name: HostName, hosts: readonly Host[], seen: Seen): string | undefined {
  const told = toldOf(name, hosts, seen);
  return new Set(told).size === 1 ? told[0] : undefined;
}

/** The key that each other member has of a host, nothing where a machine has none. */
function toldOf(name: HostName, hosts: readonly Host[], seen: Seen): (string | undefined)[] {
  const members = hosts.filter(other => isMember(seenOf(seen, other.name)));
  const copies = members.map(other => ({
    kind: other.kind,
    key: keyIn(seenOf(seen, other.name)?.files.get(`hosts/${nodeName(name)}`)),
  }));
  return copies.filter(({ kind, key }) => key !== undefined || kind === "machine").map(({ key }) => key);
}
