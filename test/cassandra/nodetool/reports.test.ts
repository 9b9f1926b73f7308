import { describe, expect, it } from "vitest";
import { parseCompactionStats } from "../../../src/cassandra/nodetool/compactionstats.ts";
import { parseInfo } from "../../../src/cassandra/nodetool/info.ts";
import { parseNetStats } from "../../../src/cassandra/nodetool/netstats.ts";
import { parseTpStats } from "../../../src/cassandra/nodetool/tpstats.ts";
import { fixture } from "./fixtures.ts";

describe("parseCompactionStats", () => {
  it("sees the validation of a real repair on 5.0, whose totals look like tables", () => {
    const { pending, pendingByTable, running, remaining, totals } = parseCompactionStats(
      fixture("5.0-compactionstats-validation"),
    );
    expect({ pending, pendingByTable, remaining }).toEqual({
      pending: 1,
      pendingByTable: [{ keyspace: "salvus", table: "blobs", tasks: 1 }],
      remaining: 3,
    });
    expect(running).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        kind: "Validation",
        keyspace: "salvus",
        table: "blobs",
        completed: 15_189_314,
        total: 30_893_366,
        unit: "bytes",
        progress: 49.17,
      },
    ]);
    expect(totals).toContainEqual({ name: "compactions completed", value: "26" });
  });

  it("reads kinds and units of several words, totals of 0 and unknown times", () => {
    expect(parseCompactionStats(fixture("4.0-compactionstats-running")).running[0]).toMatchObject({
      kind: "Relocate sstables to correct disk",
      table: "blobs.by_size",
      unit: "token range parts",
    });
    expect(parseCompactionStats(fixture("3.11-compactionstats-running")).running[1]).toMatchObject({
      kind: "Index summary redistribution",
      keyspace: undefined,
      table: undefined,
    });
    expect(parseCompactionStats(fixture("1.2-compactionstats-running")).running[1]).toMatchObject({
      id: undefined,
      kind: "Validation",
      progress: undefined,
    });
    expect(parseCompactionStats(fixture("1.2-compactionstats")).remaining).toBe("unknown");
  });

  it("tells a table that is wider than its column from its keyspace, and refuses what it cannot tell", () => {
    const text = fixture("2.0-compactionstats-running");
    expect(parseCompactionStats(text).running[0]).toMatchObject({
      kind: "Secondary index build",
      keyspace: "salvus",
      table: "compactions_in_progress",
    });
    const glued = text.replace("          salvus", "a_very_long_keyspace");
    expect(() => parseCompactionStats(glued)).toThrow("at line 3");
  });

  it("refuses pending tasks of tables that are not as many as there are", () => {
    const text = fixture("3.0-compactionstats-running").replace("- system_auth.roles: 1\n", "");
    expect(() => parseCompactionStats(text)).toThrow("cannot read");
  });
});

describe("parseNetStats", () => {
  it("reads both directions of a real repair on 5.0", () => {
    const { mode, streams } = parseNetStats(fixture("5.0-netstats-streams"));
    const [session] = streams[0]?.sessions ?? [];
    expect([mode, streams.map(({ operation }) => operation)]).toEqual(["NORMAL", ["Repair"]]);
    expect(session).toMatchObject({
      peer: { host: "127.0.0.3" },
      receiving: { total: { files: 1, bytes: 5_960_013 }, done: { files: 0, bytes: 2_521_797 } },
      sending: { total: { files: 15, bytes: 30_990_119 }, done: { files: 14, bytes: 29_046_635 } },
    });
    expect(session?.sending?.files).toHaveLength(15);
    expect(session?.receiving?.files).toEqual([
      { name: "salvus/blobs-0", done: 2_521_797, total: 5_960_013, connection: 0, sections: undefined },
    ]);
  });

  it("knows that nothing sent is not nothing received, before 2.0", () => {
    expect(parseNetStats(fixture("1.2-netstats")).idle).toEqual({ sending: true, receiving: true });
    const { mode, idle, streams } = parseNetStats(fixture("1.2-netstats-streams"));
    expect([mode, idle]).toEqual(["LEAVING", { sending: false, receiving: false }]);
    expect(
      streams.map(({ sessions: [session] }) => [session?.peer.host, session?.sending?.files.length]),
    ).toEqual([
      ["10.38.1.2", 2],
      ["10.38.1.3", 0],
      ["10.38.1.4", undefined],
    ]);
  });

  it("reads a private address, a plan without sessions, and a node that starts", () => {
    const { streams } = parseNetStats(fixture("2.1-netstats-streams"));
    expect(streams[0]?.sessions[0]?.via?.host).toBe("192.168.1.2");
    expect(streams[1]).toMatchObject({ operation: "Unbootstrap", sessions: [] });
    expect(parseNetStats(fixture("2.2-netstats"))).toMatchObject({ mode: "STARTING", readRepair: undefined });
  });

  it("refuses a percentage that its numbers do not give, a file of another peer, and a table that is cut off", () => {
    const text = fixture("4.1-netstats-streams");
    expect(() => parseNetStats(text.replace("(13.36%)", "(63.36%)"))).toThrow("at line 4");
    expect(() => parseNetStats(text.replace("idx:0/127.0.0.3", "idx:0/127.0.0.4"))).toThrow("at line 5");
    expect(() => parseNetStats(text.replace(/^Gossip messages.*\n/m, ""))).toThrow("at its end");
  });
});

describe("parseTpStats", () => {
  it("reads a real node of 5.0", () => {
    const { pools, dropped } = parseTpStats(fixture("5.0-tpstats"));
    expect(pools.find(({ name }) => name === "MutationStage")).toMatchObject({
      active: 0,
      pending: 0,
      blocked: 0,
    });
    expect(dropped.find(({ message }) => message === "MUTATION_REQ")).toMatchObject({ dropped: 0 });
  });

  it("reads what is not told, and what waited", () => {
    const { pools, dropped } = parseTpStats(fixture("4.0-tpstats"));
    expect(pools.at(-1)).toEqual({
      name: "Repair-Task",
      active: undefined,
      pending: undefined,
      completed: undefined,
      blocked: undefined,
      allTimeBlocked: undefined,
    });
    expect(dropped.map(({ message, waited }) => [message, waited?.max])).toEqual([
      ["READ_RSP", 0],
      ["MUTATION_REQ", 12_345_678],
      ["HINT_RSP", undefined],
    ]);
    expect(parseTpStats(fixture("1.2-tpstats")).dropped).toContainEqual({
      message: "MUTATION",
      dropped: 42,
      waited: undefined,
    });
  });
});

describe("parseInfo", () => {
  it("reads a real node of 5.0 with all of its tokens", () => {
    const info = parseInfo(fixture("5.0-info-tokens"));
    expect(info).toMatchObject({
      gossip: true,
      native: true,
      dc: "DC0",
      rack: "row 2 rack 7",
      exceptions: 0,
      tokenCount: 4,
    });
    expect(info.generation).toBeGreaterThan(1_000_000_000);
    expect(info.tokens[0]).toBe(-7204711701650511053n);
  });

  it("tells a drained node, a node that has not joined, and tokens that are not listed", () => {
    expect(parseInfo(fixture("5.0-info-drained"))).toMatchObject({
      gossip: false,
      native: false,
      generation: 0,
    });
    expect(parseInfo(fixture("2.2-info"))).toMatchObject({ tokenCount: 0, tokens: [] });
    expect(parseInfo(fixture("1.2-info"))).toMatchObject({ tokenCount: 256, tokens: [], load: 110_213 });
  });

  it("refuses a line that no release prints, and an output without what all print", () => {
    const text = fixture("3.11-info");
    expect(() => parseInfo(text.replace("Exceptions ", "Exclusions "))).toThrow("at line 12");
    expect(() => parseInfo(text.replace(/^Rack.*\n/m, ""))).toThrow("cannot read");
  });
});
