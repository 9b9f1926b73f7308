import { describe, expect, it } from "vitest";
import { nextMode, readMode } from "../../../src/cassandra/upgrade/storage-mode.ts";

const nodes = (...modes: string[]) => modes.map((mode, index) => ({ host: `db${index + 1}`, mode }));

describe("nextMode", () => {
  it.each([
    [["CASSANDRA_4", "CASSANDRA_4"], { mode: "UPGRADING", hosts: ["db1", "db2"] }],
    [["UPGRADING", "CASSANDRA_4"], { mode: "UPGRADING", hosts: ["db2"] }],
    [["UPGRADING", "NONE"], { mode: "NONE", hosts: ["db1"] }],
    [["NONE", "NONE"], undefined],
  ])("after %s", (modes, expected) => {
    expect(nextMode(nodes(...modes))).toEqual(expected);
  });

  it("goes nowhere from what it does not know", () => {
    expect(() => nextMode(nodes("NONE", "LATER"))).toThrow("smc knows no such storage_compatibility_mode");
  });
});

describe("readMode", () => {
  it.each([
    [[{ value: "UPGRADING" }], "UPGRADING"],
    [[{ value: null }], "CASSANDRA_4"],
    [[], "CASSANDRA_4"],
  ])("of %j is %s", (rows, expected) => {
    expect(readMode(rows)).toBe(expected);
  });
});
