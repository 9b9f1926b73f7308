import { describe, expect, it } from "vitest";
import { readReplication } from "../../../src/cassandra/ring/replication.ts";
import { readKeyspaces, readPeers, readPeerTokens, readSelf } from "../../../src/cassandra/ring/view.ts";

const LOCAL = {
  host_id: { toString: () => "c4d5" },
  broadcast_address: { toString: () => "127.0.0.1" },
  data_center: "DC0",
  rack: "RAC0",
  tokens: ["-9223372036854775808", "5"],
  release_version: "5.0.6",
  schema_version: { toString: () => "d037" },
  partitioner: "org.apache.cassandra.dht.Murmur3Partitioner",
};
const { broadcast_address: peer, tokens, partitioner, ...noted } = LOCAL;

describe("the rows that a node tells its ring by", () => {
  it("are what it says of itself", () => {
    expect(readSelf([LOCAL])).toEqual({
      id: "c4d5",
      address: "127.0.0.1",
      dc: "DC0",
      rack: "RAC0",
      release: "5.0.6",
      schema: "d037",
      tokens: [-(2n ** 63n), 5n],
      partitioner: "Murmur3Partitioner",
    });
    expect(partitioner).toContain("Murmur3");
  });

  it("are what it has noted of others", () => {
    const rows = [{ ...noted, peer, schema_version: null }];
    expect(readPeers(rows)).toMatchObject([{ id: "c4d5", address: "127.0.0.1", schema: undefined }]);
    expect(readPeerTokens([{ peer, tokens }])).toEqual(new Map([["127.0.0.1", [-(2n ** 63n), 5n]]]));
    expect(readPeerTokens([{ peer, tokens: null }])).toEqual(new Map([["127.0.0.1", []]]));
  });

  it("are the keyspaces, in name order", () => {
    const rows = [
      {
        keyspace_name: "site",
        replication: { class: "org.apache.cassandra.locator.NetworkTopologyStrategy", DC0: "3" },
      },
      { keyspace_name: "old", replication: { class: "SimpleStrategy", replication_factor: "2" } },
      { keyspace_name: "system", replication: { class: "org.apache.cassandra.locator.LocalStrategy" } },
    ];
    expect(readKeyspaces(rows)).toEqual([
      { name: "old", replication: { strategy: "simple", factor: 2 } },
      { name: "site", replication: { strategy: "network", factors: { DC0: 3 } } },
      { name: "system", replication: { strategy: "local" } },
    ]);
  });

  it.each([
    ["no row", () => readSelf([])],
    ["a node without an id", () => readPeers([{ ...noted, peer, host_id: null }])],
    ["a token that is none", () => readSelf([{ ...LOCAL, tokens: ["x"] }])],
    ["a keyspace without replication", () => readKeyspaces([{ keyspace_name: "site" }])],
  ])("are refused when they are not: %s", (_, read) => {
    expect(read).toThrow("is not as smc knows it");
  });
});

describe("readReplication", () => {
  it.each<[Record<string, string>, string]>([
    [{ class: "EverywhereStrategy" }, "the strategy EverywhereStrategy"],
    [{ class: "NetworkTopologyStrategy", DC0: "3/1" }, 'the replication factor "3/1"'],
    [{ class: "SimpleStrategy" }, 'the replication factor ""'],
    [{ class: "SimpleStrategy", replication_factor: "3", more: "1" }, "the option more of SimpleStrategy"],
  ])("refuses %j, of which it cannot tell what it promises", (options, part) => {
    expect(() => readReplication("site", options)).toThrow(part);
  });
});
