import { describe, expect, it } from "vitest";
import { parseRepair } from "../../../../src/cassandra/nodetool/repair/lines.ts";
import { fixture } from "../fixtures.ts";

describe("parseRepair", () => {
  it("reads a real repair of 5.0", () => {
    const { events } = parseRepair(fixture("5.0-repair"));
    expect(events.map(({ kind }) => kind)).toEqual(["start", "session", "result", "end", "asked", "result"]);
    expect(events[0]).toMatchObject({
      at: "2026-11-27 04:49:03,455",
      command: 1,
      parent: "de8e3990-ea1d-11f1-8722-a96c2accccad",
      keyspace: "salvus",
      ranges: 12,
      options: expect.stringContaining("incremental: false"),
    });
    const session = events.find(event => event.kind === "session");
    expect(session).toMatchObject({
      id: "dea40b80-ea1d-11f1-8722-a96c2accccad",
      error: undefined,
      progress: 57,
    });
    expect(session?.ranges).toHaveLength(12);
    expect(session?.ranges[0]).toEqual({ start: 5052534329933040752n, end: 5727830338375713166n });
    expect(events[3]).toMatchObject({ command: 1, duration: "0 seconds", withError: false });
  });

  it("reads a real repair that fails because a node is down", () => {
    expect(parseRepair(fixture("4.1-repair-node-down")).events.slice(1)).toMatchObject([
      { kind: "error", error: "Endpoint not alive: /127.0.0.3:27300" },
      { kind: "end", duration: undefined, withError: true },
    ]);
  });

  it("reads several keyspaces in one output, one of them without replicas", () => {
    const { events } = parseRepair(fixture("5.0-repair-keyspaces"));
    expect(events.flatMap(event => (event.kind === "start" ? [event.keyspace] : []))).toContain("salvus");
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: "nothing",
        keyspace: "system_auth",
        because: "replication factor is 1",
      }),
    );
  });

  it("reads sessions of one range each, with tokens up to 2^127, and their errors", () => {
    expect(parseRepair(fixture("1.2-repair")).events).toMatchObject([
      { kind: "start", command: 7, parent: undefined, ranges: 2, options: undefined },
      { kind: "session", ranges: [{ start: 0n, end: 2n ** 126n }] },
      { kind: "session", ranges: [{ start: 2n ** 126n, end: 0n }] },
      { kind: "end", command: 7, duration: undefined, withError: false },
    ]);
    expect(parseRepair(fixture("2.1-repair-failed")).events[1]).toMatchObject({
      error: expect.stringMatching(/Validation failed in \/10\.38\.1\.2$/),
    });
    expect(parseRepair(fixture("2.2-repair-failed")).events[1]).toMatchObject({
      error: expect.stringMatching(/Validation failed in \/10\.38\.1\.2$/),
      progress: 83,
    });
  });

  it("keeps what the node tells in other words, and refuses what is no line of a repair", () => {
    expect(parseRepair(fixture("2.2-repair-refused")).events.slice(1)).toMatchObject([
      { kind: "message", text: expect.stringContaining("imprecise repair") },
      { kind: "message", text: "null" },
    ]);
    expect(() =>
      parseRepair(`${fixture("2.2-repair")}nodetool: Keyspace [nowhere] does not exist.\n`),
    ).toThrow("nodetool repair wrote what smc cannot read, at line 6");
  });
});
