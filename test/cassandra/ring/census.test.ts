import { describe, expect, it } from "vitest";
import { requireCensus } from "../../../src/cassandra/ring/census.ts";
import { ringOf } from "./arbitrary-ring.ts";

const ring = ringOf({ centres: 1, racks: 1, nodes: 3, tokens: 1, factor: 1, seed: 1 });
const expected = (...hosts: string[]) => hosts.map(host => ({ host, address: host }));

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
