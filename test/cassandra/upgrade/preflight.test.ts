import { describe, expect, it } from "vitest";
import type { RingNode } from "../../../src/cassandra/ring/model.ts";
import {
  nodesBefore,
  upgradeProblems,
  type HostFacts,
  type UpgradeQuestion,
} from "../../../src/cassandra/upgrade/preflight.ts";
import { DEFAULT_VERSION } from "../../../src/services/cassandra/source.ts";

const GIBIBYTE = 1024 ** 3;

function node(host: string, more: Partial<RingNode> = {}): RingNode {
  const place = { address: host, dc: "DC0", rack: "R", tokens: [1n], mode: "normal", state: "up" } as const;
  return { id: host, host, ...place, release: "4.1.10", schema: "four", ...more };
}

function facts(host: string, more: Partial<HostFacts> = {}): HostFacts {
  const formats = [{ keyspace: "site", format: "nb", files: 2 }];
  const free = { data: GIBIBYTE, software: GIBIBYTE };
  return { host, java: 17, formats, free, busy: [], kept: [], ...more };
}

function problems(nodes: readonly RingNode[], more: Partial<UpgradeQuestion> = {}): readonly string[] {
  return upgradeProblems({
    ring: { version: 1, partitioner: "Murmur3Partitioner", nodes, keyspaces: [] },
    hosts: nodes.map(({ host }) => facts(host)),
    to: DEFAULT_VERSION,
    direction: "up",
    config: [],
    ...more,
  });
}

describe("upgradeProblems", () => {
  it("has none for a ring that is well, be it in the middle of the way", () => {
    expect(problems([node("db1"), node("db2")])).toEqual([]);
    expect(problems([node("db1"), node("db2", { release: "5.0.6", schema: "five" })])).toEqual([]);
  });

  it("tells all of them at once", () => {
    const nodes = [
      node("db1", { state: "down" }),
      node("db2", { schema: "other" }),
      node("db3", { mode: "joining", release: undefined }),
      node("db4", { release: "3.11.17", schema: "three" }),
    ];
    const hosts = [
      facts("db1", { java: 11, free: { data: 1, software: 2 } }),
      facts("db2", { java: 8, busy: ["coordinates a repair of site"] }),
      facts("db3", { formats: [{ keyspace: "site", format: "md", files: 1 }] }),
      facts("db4", {
        java: { why: "not found" },
        formats: { why: "no folder" },
        free: { why: "no df" },
        busy: { why: "no answer" },
      }),
    ];
    const config = ["no_such_key: unknown"];
    expect(problems(nodes, { hosts, config })).toEqual([
      expect.stringContaining("db4: 3.11.17 → 5.0.6 is no single step"),
      "db1 is not up",
      "db3 is joining",
      "db3 is of an unknown release",
      "the schema differs within a release: db1 against db2",
      "db1: 1B are free for the snapshot, 256MB are needed",
      "db1: 2B are free for the software, 512MB are needed",
      "db2: Java 8 is there, 5.0.6 needs 11 to 17: apt-get install openjdk-17-jre-headless",
      "db2: coordinates a repair of site: wait for its end",
      expect.stringContaining("db3: 1 file in site are of format md"),
      "db4: Java cannot be told: not found",
      "db4: the files of the tables cannot be told: no folder",
      "db4: the free space cannot be told: no df",
      "db4: what it is busy with cannot be told: no answer",
      "no_such_key: unknown",
    ]);
  });
});

describe("a node that may be down", () => {
  it("is left out of what the ring must be, and not of what its host must have", () => {
    const nodes = [node("db1", { state: "down", schema: "other" }), node("db2")];
    const hosts = [facts("db1", { java: 8 }), facts("db2")];
    expect(problems(nodes, { hosts, mayBeDown: ["db1"] })).toEqual([expect.stringContaining("db1: Java 8")]);
  });
});

describe("nodesBefore", () => {
  it("leaves out those that are there already", () => {
    const nodes = [node("db1"), node("db2", { release: "5.0.6" }), node("db3", { release: undefined })];
    const ring = { version: 1, partitioner: "Murmur3Partitioner", nodes, keyspaces: [] } as const;
    expect(nodesBefore(ring, DEFAULT_VERSION).map(({ host }) => host)).toEqual(["db1", "db3"]);
  });
});
