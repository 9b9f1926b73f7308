import { describe, expect, it } from "vitest";
import { parseDescribeRing } from "../../../src/cassandra/nodetool/describering.ts";
import { fixture } from "./fixtures.ts";

describe("parseDescribeRing", () => {
  it("reads a real ring of 5.0: twelve ranges that follow each other round", () => {
    const { ranges } = parseDescribeRing(fixture("5.0-describering"));
    expect(new Set(ranges.map(({ start }) => start))).toEqual(new Set(ranges.map(({ end }) => end)));
    expect(ranges).toHaveLength(12);
    expect(ranges[0]?.replicas.map(({ address }) => address.host)).toEqual([
      "127.0.0.2",
      "127.0.0.3",
      "127.0.0.1",
    ]);
    expect(ranges[0]?.replicas[0]).toMatchObject({
      rpcAddress: "127.0.0.2",
      dc: "DC0",
      rack: "row 2 rack 7",
    });
  });

  it("reads the ports between nodes and for clients", () => {
    const [range] = parseDescribeRing(fixture("5.0-describering-ports")).ranges;
    expect(range?.replicas[0]).toMatchObject({
      address: { host: "127.0.0.2", port: 27300 },
      rpcAddress: "127.0.0.2:29342",
    });
  });

  it("reads tokens of both partitioners, the range that wraps, and the order of the replicas", () => {
    const { ranges } = parseDescribeRing(fixture("1.2-describering"));
    expect(
      ranges.map(({ start, end, replicas }) => [start, end, replicas.map(({ address }) => address.host)]),
    ).toEqual([
      [0n, 2n ** 126n, ["10.38.1.2", "10.38.2.1", "10.38.1.1"]],
      [2n ** 126n, 2n ** 127n - 1n, ["10.38.2.1", "10.38.1.1", "10.38.1.2"]],
      [2n ** 127n - 1n, 0n, ["10.38.1.1", "10.38.1.2", "10.38.2.1"]],
    ]);
  });

  it("reads a ring of one token, endpoints without details, and racks of any text", () => {
    expect(parseDescribeRing(fixture("3.11-describering")).ranges).toMatchObject([
      { start: -100n, end: -100n },
    ]);
    expect(parseDescribeRing(fixture("2.0-describering")).ranges[0]?.replicas[0]).toMatchObject({
      dc: undefined,
    });
    expect(parseDescribeRing(fixture("2.1-describering")).ranges[0]?.replicas[0]).toMatchObject({
      dc: "DC0",
      rack: undefined,
    });
    expect(parseDescribeRing(fixture("2.2-describering")).ranges[0]?.replicas).toMatchObject([
      { address: { host: "2001:db8:0:0:0:0:0:1" }, dc: "DC0", rack: "row 2 rack 7" },
      { address: { host: "0:0:0:0:0:0:0:1" }, dc: "DC 1", rack: "RAC (new)" },
    ]);
  });

  it("refuses a keyspace without a ring, details in another order, and tokens that are no integers", () => {
    expect(() => parseDescribeRing(fixture("3.0-describering").split("\n").slice(0, 2).join("\n"))).toThrow(
      "at its end",
    );
    const text = fixture("2.2-describering");
    expect(() => parseDescribeRing(text.replace("host:2001:db8", "host:2001:db9"))).toThrow("at line 3");
    expect(() => parseDescribeRing(text.replace("start_token:-100", "start_token:0a1b"))).toThrow(
      "at line 3",
    );
  });
});
