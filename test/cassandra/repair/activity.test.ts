import { types } from "cassandra-driver";
import { describe, expect, it } from "vitest";
import { OperatorError } from "../../../src/base/operator-error.ts";
import { openParticipations, readGoesOn, repairActivity } from "../../../src/cassandra/repair/activity.ts";
import {
  countFailedSessions,
  parentQuery,
  readParent,
  sessionsQuery,
} from "../../../src/cassandra/repair/history.ts";

const PARENT = "66734640-ea2b-11f1-a633-4302ea92d230";
const id = types.TimeUuid.fromString(PARENT);
const repair = { id, keyspace_name: "site", completed: false, status: "repair_start" };
/** As 5.0.6 answered, but for the numbers of a validation that is still under way. */
const validation = {
  keyspace_name: "site",
  table_name: "big",
  completed: false,
  progress_percentage: 64.5,
  partitions_processed: types.Long.fromNumber(418),
};
const stream = {
  operation: "Repair",
  peers: ["/127.0.0.2:7000"],
  status: "start",
  progress_percentage: 12,
  bytes_received: types.Long.fromNumber(1000),
  bytes_sent: null,
};

describe("what a node does for repairs", () => {
  it("is nothing when all of it is complete, and when it streams for something else", () => {
    const done = { completed: true };
    expect(
      repairActivity({
        repairs: [
          { ...repair, ...done, status: "success" },
          { ...repair, ...done, status: "skipped" },
        ],
        validations: [{ ...validation, ...done, partitions_processed: null }],
        streams: [
          { ...stream, status: "success" },
          { ...stream, operation: "Bootstrap" },
        ],
      }),
    ).toEqual([]);
  });

  it("is told with numbers that change while it moves", () => {
    expect(repairActivity({ repairs: [repair], validations: [validation], streams: [stream] })).toEqual([
      "coordinates a repair of site (repair_start)",
      "validates site.big (65%, 418 partitions)",
      "streams for a repair with /127.0.0.2:7000 (12%, 1000 bytes in, 0 out)",
    ]);
  });

  it("is not guessed from rows that are otherwise", () => {
    const rows = { repairs: [{ ...repair, completed: null }], validations: [], streams: [] };
    expect(() => repairActivity(rows)).toThrow(OperatorError);
    const unknown = { repairs: [], validations: [], streams: [{ ...stream, status: "paused" }] };
    expect(() => repairActivity(unknown)).toThrow("system_views.streaming");
  });

  it("has repairs of other nodes in it, of which only those can tell whether they go on", () => {
    const part = (initiator: string, completed = false) => ({ id, initiator, completed });
    const rows = [
      part("/127.0.0.1:7000"),
      part("/127.0.0.3:27300"),
      part("db4.example.org/10.0.0.4:7000"),
      part("/[2001:db8::5]:7000"),
      part("/127.0.0.6:7000", true),
    ];
    expect(openParticipations(rows, "127.0.0.1").map(({ coordinator }) => coordinator)).toEqual([
      "127.0.0.3",
      "10.0.0.4",
      "2001:db8::5",
    ]);
    expect(openParticipations(rows, "127.0.0.1")[0]?.id).toBe(PARENT);
    expect(() => openParticipations([part("somebody")], "127.0.0.1")).toThrow(OperatorError);
    expect(readGoesOn([{ completed: false }])).toBe(true);
    expect(readGoesOn([{ completed: true }])).toBe(false);
    expect(readGoesOn([])).toBe(false);
  });
});

describe("the history of repairs", () => {
  const row = {
    columnfamily_names: ["big", "small"],
    requested_ranges: ["(0,10]", "(10,0]"],
    successful_ranges: ["(10,0]", "(0,10]"],
    exception_message: null,
    finished_at: new Date("2026-11-27T06:25:55.637Z"),
  };

  it.each([
    ["succeeded", {}],
    ["unfinished", { finished_at: null, successful_ranges: null }],
    ["failed", { exception_message: "Endpoint not alive: /127.0.0.3:27300", finished_at: null }],
    ["failed", { successful_ranges: ["(0,10]"] }],
    ["failed", { successful_ranges: null }],
    ["failed", { requested_ranges: null, successful_ranges: null }],
  ])("says %s for %j", (parent, words) => {
    expect(readParent([{ ...row, ...words }]).parent).toBe(parent);
  });

  it("knows nothing of a repair that it has no row of", () => {
    expect(readParent([])).toEqual({ parent: "unknown", tables: [], ranges: [] });
    expect(readParent([row])).toMatchObject({ tables: ["big", "small"], ranges: ["(10,0]", "(0,10]"] });
  });

  it("counts the failed sessions of that repair alone", () => {
    const other = types.TimeUuid.fromString("896d21c0-ea2b-11f1-a633-4302ea92d230");
    const rows = [
      { parent_id: id, status: "FAILED" },
      { parent_id: id, status: "SUCCESS" },
      { parent_id: other, status: "FAILED" },
    ];
    expect(countFailedSessions(rows, PARENT)).toBe(1);
  });

  it("is asked for by the keys of its tables", () => {
    expect(parentQuery(PARENT)).toMatch(/ WHERE parent_id = 66734640-ea2b-11f1-a633-4302ea92d230$/);
    expect(sessionsQuery({ keyspace: "site", table: "big" }, Date.parse("2026-11-27T06:25:55.637Z"))).toMatch(
      / WHERE keyspace_name = 'site' AND columnfamily_name = 'big' AND id >= minTimeuuid\('2026-11-27 06:25:55.637\+0000'\)$/,
    );
  });
});
