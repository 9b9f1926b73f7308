import { describe, expect, it } from "vitest";
import { parseDescribeCluster } from "../../../src/cassandra/nodetool/describecluster.ts";
import { fixture } from "./fixtures.ts";

describe("parseDescribeCluster", () => {
  it("reads a real ring of 5.0 with a node down", () => {
    const { schemas, unreachable, details, ...cluster } = parseDescribeCluster(
      fixture("5.0-describecluster-down"),
    );
    expect(cluster).toMatchObject({
      name: "test",
      snitch: "org.apache.cassandra.locator.GossipingPropertyFileSnitch",
      dynamicSnitch: true,
      partitioner: "org.apache.cassandra.dht.Murmur3Partitioner",
    });
    expect(schemas.map(({ nodes }) => nodes.map(({ host }) => host))).toEqual([["127.0.0.1", "127.0.0.2"]]);
    expect(unreachable.map(({ host }) => host)).toEqual(["127.0.0.3"]);
    expect(details?.counts).toEqual({ live: 2, joining: 0, moving: 0, leaving: 0, unreachable: 1 });
    expect(details?.dataCentres).toEqual([{ name: "DC0", nodes: 3, down: 1 }]);
    expect(details?.releases.map(({ release, nodes }) => [release, nodes.length])).toEqual([["5.0.6", 3]]);
    expect(details?.keyspaces).toContainEqual({
      name: "salvus",
      strategy: "NetworkTopologyStrategy",
      options: { DC0: "3" },
    });
  });

  it("reads what there was before 4.0: names and schema versions", () => {
    expect(parseDescribeCluster(fixture("1.2-describecluster"))).toMatchObject({
      name: "cloud",
      dynamicSnitch: undefined,
      partitioner: "org.apache.cassandra.dht.RandomPartitioner",
      schemas: [{ version: "59adb24e-f3cd-3e02-97f0-5b395827453f", nodes: [{}, {}] }],
      unreachable: [{ host: "10.38.1.3" }],
      details: undefined,
      notes: [],
    });
  });

  it("reads two releases in one ring, each with its schema, and the remark between the sections of 4.0", () => {
    const { schemas, details, notes } = parseDescribeCluster(fixture("4.0-describecluster"));
    expect(schemas.map(({ version }) => version.slice(0, 8))).toEqual(["59adb24e", "84fd3a8e"]);
    expect(details?.releases.map(({ release, nodes }) => [release, nodes.map(({ host }) => host)])).toEqual([
      ["4.0.11", ["10.38.1.1", "10.38.1.2"]],
      ["3.11.15", ["10.38.1.3"]],
    ]);
    expect(details?.dataCentres).toContainEqual({ name: "DC 1", nodes: 1, down: 1 });
    expect(notes).toHaveLength(1);
  });

  it("refuses a schema version that comes twice, and an address that is none", () => {
    const text = fixture("3.11-describecluster");
    expect(() =>
      parseDescribeCluster(
        text.replace("84fd3a8e-1c7f-31f2-8f4d-6a3f2b3e7c11", "59adb24e-f3cd-3e02-97f0-5b395827453f"),
      ),
    ).toThrow("cannot read");
    expect(() => parseDescribeCluster(text.replace("[10.38.1.3]", "[10.38.1.3;]"))).toThrow("at line 9");
  });
});
