import type { RingNode } from "../../src/cassandra/ring/model.ts";
import type { Deployment } from "../../src/inventory/model.ts";
import type { RefusedNode } from "../../src/services/planners/ring-refusal.ts";
import type { RingDecision } from "../../src/services/planners/ring-rule.ts";

/** What might have been decided of the ring of a deployment: all of its nodes are up, but for `away`. */
export function decisionOf(
  deployment: Deployment,
  words: {
    waves: readonly (readonly string[])[];
    refused?: readonly RefusedNode[];
    away?: readonly string[];
  },
): RingDecision {
  const away = words.away ?? [];
  const nodes = [...deployment.hosts.values()].map(({ name, address }, index): RingNode => {
    const place = { dc: "DC0", rack: "RAC0", tokens: [BigInt(index)], mode: "normal" } as const;
    const state = away.includes(name) ? "down" : "up";
    return { id: name, host: name, address, ...place, state, release: "5.0.6", schema: "s" };
  });
  return {
    ring: { version: 1, partitioner: "Murmur3Partitioner", nodes, keyspaces: [] },
    waves: words.waves,
    refused: words.refused ?? [],
    away: nodes.filter(({ state }) => state === "down"),
  };
}

/** A refusal of this host, in a keyspace with one replica. */
export function refusalOf(host: string): RefusedNode {
  return {
    host,
    keyspaces: ["site"],
    level: "QUORUM",
    dc: undefined,
    range: { after: "0", upTo: "10" },
    replicas: [host],
    left: [],
    needed: 1,
  };
}
