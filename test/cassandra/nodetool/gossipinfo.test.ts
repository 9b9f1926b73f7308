import { describe, expect, it } from "vitest";
import { parseGossipInfo } from "../../../src/cassandra/nodetool/gossipinfo.ts";
import { fixture } from "./fixtures.ts";

describe("parseGossipInfo", () => {
  it("reads a real node of 5.0", () => {
    const nodes = parseGossipInfo(fixture("5.0-gossipinfo-ports"));
    expect(nodes).toHaveLength(3);
    expect(nodes[0]).toMatchObject({
      address: { name: "localhost", host: "127.0.0.1", port: 27300 },
      generation: expect.any(Number),
      heartbeat: expect.any(Number),
      status: "NORMAL",
      schema: expect.stringMatching(/^[0-9a-f-]{36}$/),
      release: "5.0.6",
      dc: "DC0",
      rack: "row 2 rack 7",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      load: expect.any(Number),
    });
  });

  it("finds the status where a release tells it only with ports", () => {
    const nodes = parseGossipInfo(fixture("5.0-gossipinfo"));
    expect(nodes[1]?.states.map(({ key }) => key)).not.toContain("STATUS");
    expect(nodes.map(({ status }) => status)).toEqual(["NORMAL", "NORMAL", "NORMAL"]);
  });

  it("reads KEY:value without versions, in which an IPv6 address is no version", () => {
    const [first] = parseGossipInfo(fixture("2.1-gossipinfo"));
    expect(first).toMatchObject({ generation: 1_425_000_000, load: 107_654_320, release: "2.1.5" });
    expect(first?.states).toContainEqual({
      key: "RPC_ADDRESS",
      value: "2001:db8:0:0:0:0:0:1",
      version: undefined,
    });
  });

  it("has no generation to tell before 1.2.17", () => {
    expect(parseGossipInfo(fixture("1.2-gossipinfo"))).toMatchObject([
      { address: { host: "10.38.1.1" }, generation: undefined, heartbeat: undefined, status: "NORMAL" },
      { address: { host: "10.38.1.2" }, status: "LEFT", load: 93_038 },
    ]);
  });

  it("reads KEY:version:value, and a node whose line 2.0 glues to the one before", () => {
    const nodes = parseGossipInfo(fixture("2.0-gossipinfo-versions"));
    expect(nodes.map(({ address, status, generation }) => [address.host, status, generation])).toEqual([
      ["10.38.1.1", "NORMAL", 1_442_000_000],
      ["10.38.1.2", "removed", 0],
      ["10.38.1.3", "NORMAL", 1_442_000_200],
    ]);
    expect(nodes[0]?.states[0]).toEqual({ key: "STATUS", value: "NORMAL,-1234567890123456789", version: 3 });
  });

  it("refuses a state without its version among states that have one, and a key that comes twice", () => {
    const text = fixture("3.11-gossipinfo");
    expect(() => parseGossipInfo(text.replace("DC:6:DC0", "DC:DC0"))).toThrow("at line 7");
    expect(() => parseGossipInfo(text.replace("RACK:7:", "DC:7:"))).toThrow("cannot read");
  });
});
