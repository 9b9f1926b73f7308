import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanupWaves } from "../../../src/cassandra/grow/cleanup-waves.ts";
import { replicaSets } from "../../../src/cassandra/ring/replicas.ts";
import { anyRing, ringOf } from "../ring/arbitrary-ring.ts";

describe("cleanupWaves", () => {
  it("takes every host once, and never two of a set of replicas together", () => {
    fc.assert(
      fc.property(anyRing, ring => {
        const hosts = [...ring.nodes.map(({ host }) => host), "new1", "new2"];
        const waves = cleanupWaves(ring, hosts);
        expect(waves.flat().toSorted()).toEqual(hosts.toSorted());
        const ids = new Map(ring.nodes.map(({ host, id }) => [host, id]));
        const sets = ring.keyspaces.flatMap(keyspace => replicaSets(ring, keyspace));
        for (const wave of waves) {
          const members = wave.map(host => ids.get(host) ?? host);
          for (const { replicas } of sets)
            expect(replicas.filter(id => members.includes(id)).length).toBeLessThan(2);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("takes a rack at a time where there are as many racks as replicas", () => {
    const ring = ringOf({ centres: 1, racks: 3, nodes: 9, tokens: 1, factor: 3, seed: 1 });
    const keyspaces = ring.keyspaces.filter(({ name }) => name === "site");
    const waves = cleanupWaves(
      { ...ring, keyspaces },
      ring.nodes.map(({ host }) => host),
    );
    expect(waves).toHaveLength(3);
  });
});
