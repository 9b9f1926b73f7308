import { describe, expect, it } from "vitest";
import { parseStatus } from "../../../src/cassandra/nodetool/status.ts";
import { fixture } from "./fixtures.ts";

describe("parseStatus", () => {
  it("reads a real ring of 5.0 with a node down and a rack of several words", () => {
    const { effective, nodes, notes } = parseStatus(fixture("5.0-status-down"));
    expect(effective).toBe(false);
    expect(notes).toHaveLength(1);
    expect(nodes.map(({ address, state, mode, rack }) => [address.host, state, mode, rack])).toEqual([
      ["127.0.0.3", "down", "normal", "row 2 rack 7"],
      ["127.0.0.1", "up", "normal", "row 2 rack 7"],
      ["127.0.0.2", "up", "normal", "row 2 rack 7"],
    ]);
  });

  it("reads sizes in units of 1024, and shares where they count replicas", () => {
    const [node] = parseStatus(fixture("1.2-status")).nodes;
    expect(node).toEqual({
      dc: "DC0",
      rack: "RAC0",
      address: { host: "10.38.1.1", port: undefined, name: undefined },
      state: "up",
      mode: "normal",
      load: 110_213,
      owns: 66.2,
      id: "b8e7d1a0-3c57-4d1e-9a53-0c1c0f3a6e01",
      tokenCount: 256,
      token: undefined,
    });
  });

  it("reads single tokens up to 2^127, unknown loads and unknown ids", () => {
    const { nodes } = parseStatus(fixture("1.2-status-single-token"));
    expect(
      nodes.map(({ mode, token, load, id }) => [mode, token, load !== undefined, id !== undefined]),
    ).toEqual([
      ["normal", 0n, true, true],
      ["leaving", 2n ** 125n, true, true],
      ["moving", 2n ** 126n, true, true],
      ["normal", 127605887595351923798765477786913079296n, false, false],
    ]);
  });

  it("reads ports and IPv6 in several data centres", () => {
    const { nodes } = parseStatus(fixture("4.0-status-ports"));
    expect(nodes.map(({ dc, address, mode }) => [dc, address.host, address.port, mode])).toEqual([
      ["DC0", "10.38.1.1", 7000, "normal"],
      ["DC0", "2001:db8:0:0:0:0:0:2", 7000, "normal"],
      ["DC1", "10.38.2.1", 7000, "joining"],
    ]);
  });

  it("names the line that it cannot read, and what was expected there", () => {
    const text = fixture("3.11-status").replace("UN  10.38.1.2", "UX  10.38.1.2");
    expect(() => parseStatus(text)).toThrow(
      expect.objectContaining({
        code: "NODETOOL_OUTPUT",
        message: "nodetool status wrote what smc cannot read, at line 7",
        details: [expect.stringMatching(/^expected /), expect.stringMatching(/^7: UX {2}10\.38\.1\.2 /)],
      }),
    );
  });

  it.each([
    ["nothing", "", "its end"],
    [
      "no rows",
      "Datacenter: DC0\n===\nStatus=Up/Down\n|/ State=Normal/Leaving/Joining/Moving\n-- Address Load Tokens Owns Host ID Rack\n",
      "its end",
    ],
    ["an error of nodetool", "\nError: The keyspace nowhere, does not exist\n", "line 2"],
    ["decimals of another locale", fixture("1.2-status").replace("66.2%", "66,2%"), "line 6"],
  ])("refuses %s", (_, text, where) => {
    expect(() => parseStatus(text)).toThrow(`at ${where}`);
  });
});
