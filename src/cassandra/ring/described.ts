import ipaddr from "ipaddr.js";
import { fingerprint } from "../../plan/fingerprint.ts";
import type { DescribedRange, RingDescription } from "../nodetool/describering.ts";
import type { Keyspace, ObservedRing } from "./model.ts";
import { replicatedRanges } from "./replicas.ts";

/** More would not help to find out why. */
const MOST_TOLD = 3;

/**
 * The first keyspace of each way of replication, those that are not shared left out: Cassandra places the replicas of all others
 * alike, so one answer tells of them too. SimpleStrategy with fewer replicas takes the first of those that it takes with more
 * (SimpleStrategy.calculateNaturalReplicas of 4.0), so the one with the most tells of the others.
 */
export function oneOfEachReplication(keyspaces: readonly Keyspace[]): Keyspace[] {
  const shared = keyspaces.filter(({ replication }) => replication.strategy !== "local");
  const first = new Map<string, Keyspace>();
  for (const keyspace of shared) {
    const way = fingerprint(keyspace.replication);
    if (!first.has(way)) first.set(way, keyspace);
  }
  const chosen = [...first.values()];
  const most = Math.max(...chosen.map(({ replication }) => simpleFactor(replication) ?? 0));
  return chosen.filter(({ replication }) => (simpleFactor(replication) ?? most) === most);
}

function simpleFactor(replication: Keyspace["replication"]): number | undefined {
  return replication.strategy === "simple" ? replication.factor : undefined;
}

/**
 * How the replicas that smc computes differ from those that Cassandra tells (`nodetool describering`), one line a range,
 * the first ones of many; empty when they are the same.
 */
export function describedDifferences(
  ring: ObservedRing,
  keyspace: Keyspace,
  { ranges }: RingDescription,
): string[] {
  const addresses = new Map(ring.nodes.map(({ id, address }) => [id, address]));
  const computed = new Map(
    replicatedRanges(ring, keyspace).map(({ after, upTo, replicas }) => [
      `(${after}, ${upTo}]`,
      replicas.map(id => sameAddress(addresses.get(id) ?? id)).toSorted(),
    ]),
  );
  const told = new Map(ranges.map(range => [nameOf(range), addressesOf(range)]));
  const names = new Set([...computed.keys(), ...told.keys()]);
  const different = [...names].flatMap(name => {
    const [own, theirs] = [computed.get(name)?.join(" "), told.get(name)?.join(" ")];
    if (own === theirs) return [];
    return [
      `${keyspace.name} ${name}: ${own ?? "no such range"} by smc, ${theirs ?? "no such range"} by nodetool describering`,
    ];
  });
  const more = different.length - MOST_TOLD;
  return more <= 0
    ? different
    : [...different.slice(0, MOST_TOLD), `${keyspace.name}: ${more} further ranges differ`];
}

function nameOf({ start, end }: DescribedRange): string {
  return `(${start}, ${end}]`;
}

function addressesOf({ replicas }: DescribedRange): string[] {
  return replicas.map(({ address }) => sameAddress(address.host)).toSorted();
}

/** Java writes an IPv6 address in full, the database driver in short. */
function sameAddress(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.parse(address).toString() : address;
}
