import { describe, expect, it } from "vitest";
import {
  expandProblems,
  joiningSeeds,
  replaceProblems,
  type NewNode,
} from "../../../src/cassandra/grow/join-rule.ts";
import type { ObservedRing, RingNode } from "../../../src/cassandra/ring/model.ts";
import { ringOf } from "../ring/arbitrary-ring.ts";

const ring = ringOf({ centres: 1, racks: 3, nodes: 3, tokens: 4, factor: 3, seed: 3 });
const fresh: NewNode = {
  host: "db9",
  folder: "/data",
  dc: "DC0",
  rack: "RAC2",
  release: "5.0.6",
  data: "empty",
};
const changed = (host: string, more: Partial<RingNode>): ObservedRing => ({
  ...ring,
  nodes: ring.nodes.map(node => (node.host === host ? { ...node, ...more } : node)),
});
const nodeOf = (of: ObservedRing, host: string): RingNode => {
  const found = of.nodes.find(node => node.host === host);
  if (found === undefined) throw new Error(host);
  return found;
};

describe("expandProblems", () => {
  it("has nothing against a fresh node, nor against one that an interrupted run left half way", () => {
    expect(expandProblems(ring, [fresh, { ...fresh, host: "db8", data: "begun" }])).toEqual([]);
    const half: RingNode = { ...nodeOf(ring, "db0"), id: "x", host: "db9", tokens: [], mode: "joining" };
    expect(
      expandProblems({ ...ring, nodes: [...ring.nodes, { ...half, state: "unknown" }] }, [fresh]),
    ).toEqual([]);
  });

  it("tells everything that is in the way at once", () => {
    expect(
      expandProblems(changed("db1", { state: "down" }), [
        { ...fresh, dc: "DC7", release: "5.0.5", data: "joined" },
        { ...fresh, host: "db8", data: "decommissioned" },
        { ...fresh, host: "db7", data: "foreign" },
        { ...fresh, host: "db6", data: { why: "no route" } },
      ]),
    ).toEqual([
      "db1 is down",
      expect.stringContaining("db9 is in DC7, where no keyspace has replicas"),
      "db9 would run 5.0.5, and the ring runs 5.0.6",
      "db9 has the data of a node that was a member: move /data away first",
      "db8 has the data of a node that left: move /data away first",
      "db7 has data of another cluster, or of which nobody can tell: move /data away first",
      "what is in the data folder of db6 is unknown: no route",
    ]);
  });
});

describe("replaceProblems", () => {
  const down = changed("db2", { state: "down" });
  const dead = nodeOf(down, "db2");

  it("has nothing against a node in the place of one that everybody calls down", () => {
    expect(replaceProblems(down, dead, fresh)).toEqual([]);
    expect(replaceProblems(down, dead, { ...fresh, host: "db2" })).toEqual([]);
  });

  it("never replaces a node that lives or may live", () => {
    expect(replaceProblems(ring, nodeOf(ring, "db2"), fresh)).toEqual([expect.stringContaining("db2 is up")]);
    const doubtful = changed("db2", { state: "unknown" });
    expect(replaceProblems(doubtful, nodeOf(doubtful, "db2"), fresh)).toEqual([
      "some node still hears of db2, so it may be alive",
    ]);
  });

  it("keeps replicas in their racks, and asks the disk of a node that comes back to be empty", () => {
    expect(replaceProblems(down, dead, { ...fresh, rack: "RAC0" })).toEqual([
      "db9 is in DC0 RAC0, and db2 in DC0 RAC2: replicas would move between racks",
    ]);
    expect(replaceProblems(down, dead, { ...fresh, host: "db2", data: "joined" })).toEqual([
      expect.stringContaining("db2 still has its data: smc start cassandra db2"),
    ]);
  });

  it("does not pretend to bring back what nobody else has", () => {
    const single: ObservedRing = {
      ...down,
      keyspaces: [...down.keyspaces, { name: "single", replication: { strategy: "simple", factor: 1 } }],
    };
    expect(replaceProblems(single, dead, fresh)).toEqual(["single: no replica but db2 has some of the data"]);
  });
});

describe("joiningSeeds", () => {
  it("are members that are up, never the node itself", () => {
    const addresses = ring.nodes.map(({ address }) => address);
    expect(joiningSeeds(ring, addresses.slice(1), [])).toEqual(["db1", "db2"]);
    expect(joiningSeeds(ring, addresses.slice(1), ["db1"])).toEqual(["db2"]);
    expect(joiningSeeds(changed("db1", { state: "down" }), addresses.slice(1, 2), [])).toEqual([
      "db0",
      "db2",
    ]);
    expect(() => joiningSeeds(ring, addresses, ["db0", "db1", "db2"])).toThrow("no member is up");
  });
});
