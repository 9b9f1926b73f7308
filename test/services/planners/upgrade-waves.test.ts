import { describe, expect, it } from "vitest";
import type { ObservedRing, RingNode } from "../../../src/cassandra/ring/model.ts";
import { decideUpgrade } from "../../../src/services/planners/upgrade-waves.ts";

function ringWith(down: readonly string[]): ObservedRing {
  const nodes = ["db1", "db2", "db3"].map((host, index): RingNode => {
    const place = { address: host, dc: "DC0", rack: `R${index}`, tokens: [BigInt(index)] } as const;
    const state = down.includes(host) ? "down" : "up";
    return { id: host, host, ...place, mode: "normal", state, release: "5.0.6", schema: "s" };
  });
  return {
    version: 1,
    partitioner: "Murmur3Partitioner",
    nodes,
    keyspaces: [{ name: "site", replication: { strategy: "network", factors: { DC0: 3 } } }],
  };
}

const decide = (down: readonly string[], going: { up: string[]; down: string[] }) =>
  decideUpgrade({ ring: ringWith(down), level: "QUORUM", levels: {}, maxDown: undefined }, going, Infinity);

describe("decideUpgrade", () => {
  it("brings nodes back that are down before it takes others, which may go then", () => {
    const { waves, refused, away } = decide(["db2"], { up: ["db1", "db3"], down: ["db2"] });
    expect([waves, refused]).toEqual([[["db2"], ["db1"], ["db3"]], []]);
    expect(away.map(({ host }) => host)).toEqual(["db2"]);
  });

  it("keeps every quorum while a node is down that does not come back by this", () => {
    const { waves, refused } = decide(["db2"], { up: ["db1", "db3"], down: [] });
    expect(waves).toEqual([]);
    expect(refused.map(({ host }) => host)).toEqual(["db1", "db3"]);
  });
});
