import type { HostName } from "../../base/names.ts";
import type { ObservedRing } from "../ring/model.ts";
import { replicaSets } from "../ring/replicas.ts";
import type { Demand } from "../ring/quorum.ts";
import { planWaves } from "../ring/waves.ts";

/**
 * Spreads the cleanup of these hosts over waves: at most one node of every set of replicas works at a time, since what a cleanup
 * reads and writes slows the node down. Hosts that the ring did not have when it was observed come last, one by one.
 */
export function cleanupWaves(ring: ObservedRing, hosts: readonly HostName[]): HostName[][] {
  const members = ring.nodes.filter(({ host, mode }) => hosts.includes(host) && mode === "normal");
  const { waves } = planWaves({
    nodes: members,
    demands: oneOfEachSet(ring),
    down: new Set(),
    maxDown: Infinity,
  });
  const known = new Set(members.map(({ host }) => host));
  return [
    ...waves.map(wave => wave.map(({ host }) => host)),
    ...hosts.filter(host => !known.has(host)).map(host => [host]),
  ];
}

function oneOfEachSet(ring: ObservedRing): Demand[] {
  return ring.keyspaces.flatMap(keyspace =>
    replicaSets(ring, keyspace)
      .filter(({ replicas }) => replicas.length > 0)
      .map(range => ({
        keyspaces: [keyspace.name],
        level: "ALL" as const,
        range,
        replicas: range.replicas,
        dc: undefined,
        needed: range.replicas.length - 1,
      })),
  );
}
