import { describe, expect, it } from "vitest";
import { requireCensus, requirePlaces } from "../../../src/cassandra/ring/census.ts";
import { ExitCode } from "../../../src/base/exit-code.ts";
import { ringOf } from "./arbitrary-ring.ts";

const ring = ringOf({ centres: 1, racks: 1, nodes: 3, tokens: 1, factor: 1, seed: 1 });
const expected = (...hosts: string[]) =>
  hosts.map(host => {
    const { dc = "", rack = "" } = ring.nodes.find(node => node.host === host) ?? {};
    return { host, address: host, dc, rack };
  });

describe("requireCensus", () => {
  it("refuses what is on one side alone", () => {
    expect(() => requireCensus(ring, expected("db0", "db1", "db2"))).not.toThrow();
    expect(() => requireCensus(ring, expected("db0", "db1"))).toThrow("do not have the same nodes");
    expect(() => requireCensus(ring, expected("db0", "db1", "db2", "db3"))).toThrow(
      "do not have the same nodes",
    );
  });

  it("allows exactly the hosts that a verb is about", () => {
    const more = expected("db0", "db1", "db2", "db3");
    expect(() => requireCensus(ring, more, { absent: ["db3"] })).not.toThrow();
    expect(() => requireCensus(ring, more, { absent: ["db4"] })).toThrow("do not have the same nodes");
    expect(() => requireCensus(ring, expected("db0", "db1"), { unknown: ["db2"] })).not.toThrow();
    expect(() => requireCensus(ring, more.slice(0, 3), { unknown: ["db2"] })).not.toThrow();
    expect(() => requireCensus(ring, expected("db0"), { unknown: ["db2"] })).toThrow(
      "do not have the same nodes",
    );
  });
});

describe("requirePlaces", () => {
  it("names the nodes that have other data centres or racks in the services file, and no others", () => {
    const [first, ...others] = expected("db0", "db1", "db2");
    expect(() => requirePlaces(ring, expected("db0", "db1", "db2"))).not.toThrow();
    expect(() => requirePlaces(ring, others)).not.toThrow();
    // Of a node that is only heard of nobody knows the place.
    const joining = {
      ...ring,
      nodes: ring.nodes.map(node => ({ ...node, rack: "unknown", mode: "joining" as const })),
    };
    expect(() => requirePlaces(joining, others)).not.toThrow();
    const moved = [{ host: "db0", address: "db0", dc: first?.dc ?? "", rack: "elsewhere" }, ...others];
    expect(() => requirePlaces(ring, moved)).toThrow(
      expect.objectContaining({
        exit: ExitCode.Refused,
        details: [
          expect.stringMatching(
            /^db0 is in \S+, \S+ of the ring, and in \S+, elsewhere of the services file$/,
          ),
        ],
      }),
    );
  });
});
