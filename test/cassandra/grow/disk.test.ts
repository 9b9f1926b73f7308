import { describe, expect, it } from "vitest";
import { readDiskUsage, readFreeSpace } from "../../../src/cassandra/grow/forecast.ts";

describe("what a node tells of its disk", () => {
  it("is added up by keyspace", () => {
    const rows = [
      { keyspace_name: "site", mebibytes: { toString: () => "2" } },
      { keyspace_name: "site", mebibytes: 1 },
    ];
    expect(readDiskUsage(rows)).toEqual(new Map([["site", 3 * 1024 ** 2]]));
  });

  it("is free space in kibibytes, or unknown", () => {
    const printed = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda1 100 40 60 40% /\n";
    expect(readFreeSpace(printed)).toBe(60 * 1024);
    expect(readFreeSpace("")).toBeUndefined();
  });
});
