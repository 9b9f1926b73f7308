import { describe, expect, it } from "vitest";
import { describeStreams, readStreams } from "../../../src/cassandra/grow/streaming.ts";
import { readDiskUsage, readFreeSpace } from "../../../src/cassandra/grow/forecast.ts";

const row = (more: object): object => ({
  id: "x",
  operation: "Bootstrap",
  status: "start",
  peers: ["/127.0.0.4:7000"],
  bytes_to_send: 1000,
  bytes_sent: 250,
  duration_millis: 30_000,
  ...more,
});

describe("readStreams", () => {
  it("counts what goes to the peer in streams of that kind, whatever type the driver gives", () => {
    const rows = [
      row({ bytes_to_send: { toString: () => "1000" } }),
      row({ peers: ["/127.0.0.40:7000"] }),
      row({ operation: "Repair" }),
      row({ status: "failure" }),
      row({ peers: ["127.0.0.4:7000"], bytes_sent: 500, duration_millis: 1000 }),
    ];
    expect(readStreams(rows, { operation: "Bootstrap", peer: "127.0.0.4" })).toEqual({
      total: 2000,
      sent: 750,
      took: 30_000,
    });
  });

  it("refuses rows that are no streams", () => {
    expect(() => readStreams([{ id: "x" }], { operation: "Bootstrap" })).toThrow("is not as smc knows it");
  });
});

describe("describeStreams", () => {
  const part = { total: 4096, sent: 1024, took: 60_000 };

  it("says how much is through and how long the rest takes at this pace", () => {
    expect(describeStreams([part, { ...part, took: 30_000 }])).toBe(
      "2KB of 8KB streamed (25%), about 3m 0s left",
    );
  });

  it("promises nothing before anything moved, or when all is through", () => {
    expect(describeStreams([{ ...part, sent: 0 }])).toBe("0B of 4KB streamed (0%)");
    expect(describeStreams([{ ...part, sent: 4096 }])).toBe("4KB of 4KB streamed (100%)");
    expect(describeStreams([])).toBeUndefined();
  });
});

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
