import { describe, expect, it } from "vitest";
import { parseDescribeRing } from "../../../src/cassandra/nodetool/describering.ts";
import { describedDifferences, oneOfEachReplication } from "../../../src/cassandra/ring/described.ts";
import type { Keyspace, ObservedRing, RingNode } from "../../../src/cassandra/ring/model.ts";

const SITE: Keyspace = { name: "site", replication: { strategy: "simple", factor: 2 } };
const ADDRESSES = ["10.0.0.1", "10.0.0.2", "2001:db8::3"];
const RING: ObservedRing = {
  version: 1,
  partitioner: "Murmur3Partitioner",
  nodes: ADDRESSES.map((address, index) => node(address, BigInt(index * 10))),
  keyspaces: [SITE],
};

describe("oneOfEachReplication", () => {
  it("leaves out what is replicated like another, in whatever order it is said, and what is not shared", () => {
    const network = (name: string, factors: Record<string, number>): Keyspace => ({
      name,
      replication: { strategy: "network", factors },
    });
    const chosen = oneOfEachReplication([
      { name: "system", replication: { strategy: "local" } },
      network("a", { DC0: 3, DC1: 2 }),
      network("b", { DC1: 2, DC0: 3 }),
      network("c", { DC0: 3 }),
      { name: "d", replication: { strategy: "simple", factor: 3 } },
      { name: "e", replication: { strategy: "simple", factor: 3 } },
    ]);
    expect(chosen.map(({ name }) => name)).toEqual(["a", "c", "d"]);
  });

  it("has the most replicas of SimpleStrategy stand for fewer of it: those are the first of them", () => {
    const simple = (name: string, factor: number): Keyspace => ({
      name,
      replication: { strategy: "simple", factor },
    });
    const network: Keyspace = { name: "site", replication: { strategy: "network", factors: { DC0: 2 } } };
    const chosen = oneOfEachReplication([simple("one", 1), simple("three", 3), network, simple("two", 2)]);
    expect(chosen.map(({ name }) => name)).toEqual(["three", "site"]);
  });
});

describe("describedDifferences", () => {
  it("finds none where nodetool tells the same replicas, in any order and spelling", () => {
    expect(
      differences([
        "20 0 10.0.0.2 10.0.0.1",
        "0 10 10.0.0.2 2001:db8:0:0:0:0:0:3",
        "10 20 10.0.0.1 2001:db8:0:0:0:0:0:3",
      ]),
    ).toEqual([]);
  });

  it("names a range with other replicas", () => {
    expect(
      differences(["20 0 10.0.0.1 2001:db8::3", "0 10 10.0.0.2 2001:db8::3", "10 20 10.0.0.1 2001:db8::3"]),
    ).toEqual(["site (20, 0]: 10.0.0.1 10.0.0.2 by smc, 10.0.0.1 2001:db8::3 by nodetool describering"]);
  });

  it("names ranges that only one of the two has, some of many", () => {
    const found = differences(["0 5 10.0.0.2 2001:db8::3", "5 10 10.0.0.2 2001:db8::3"]);
    expect(found).toHaveLength(4);
    expect(found[3]).toBe("site: 2 further ranges differ");
  });
});

/** `START END ADDRESS…` as nodetool prints it. */
function differences(ranges: readonly string[]): string[] {
  const lines = ranges.map(range => {
    const [start = "", end = "", ...addresses] = range.split(" ");
    return `\tTokenRange(start_token:${start}, end_token:${end}, endpoints:[${addresses.join(", ")}])`;
  });
  const head = "Schema Version:d03783d7-b468-3c1a-82f1-8e30b2edde8b\nTokenRange: \n";
  return describedDifferences(RING, SITE, parseDescribeRing(`${head}${lines.join("\n")}\n`));
}

function node(address: string, token: bigint): RingNode {
  return {
    id: address,
    host: address,
    address,
    dc: "DC0",
    rack: "R1",
    tokens: [token],
    state: "up",
    mode: "normal",
    release: "5.0.6",
    schema: "s",
  };
}
