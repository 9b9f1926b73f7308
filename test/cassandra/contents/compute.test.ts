import { describe, expect, it } from "vitest";
import { changesOf } from "../../../src/cassandra/contents/change.ts";
import {
  planCompute,
  readStatuses,
  type ComputeRequest,
  type ComputeStatus,
} from "../../../src/cassandra/contents/compute.ts";
import { textOf } from "../../helpers/cassandra-node.ts";

const COLUMNS = ["dummy", "host", "score", "status"];

function server(host: string, address: string, status: ComputeStatus) {
  return { host, address, status };
}

const WANTED = [
  server("c1", "10.1.1.4", "on"),
  server("c2", "10.1.2.4", "off"),
  server("c3", "10.1.3.4", "off"),
];

function plan(present: Record<string, string | undefined>, more: Partial<ComputeRequest> = {}) {
  const known = new Set(WANTED.map(({ address }) => address));
  return planCompute({
    keyspace: "salvus",
    columns: COLUMNS,
    present: new Map(Object.entries(present)),
    wanted: WANTED,
    known,
    ...more,
  });
}

function statements(...words: Parameters<typeof plan>): string[] {
  return changesOf(plan(...words)).flatMap(change => change.statements.map(textOf));
}

describe("planCompute", () => {
  const same = { "10.1.1.4": "on", "10.1.2.4": "off", "10.1.3.4": "off" };

  it("plans nothing where nothing differs", () => {
    expect(plan(same)).toEqual({ parts: [], notes: [], next: [] });
  });

  it("writes differences only, those that change alike as one", () => {
    const made = plan({ "10.1.1.4": "on", "10.1.2.4": "on", "10.1.3.4": "on" });
    expect(changesOf(made).map(({ subject, before, after }) => [subject, before, after])).toEqual([
      ["c[2-3]", "on", "off"],
    ]);
    expect(statements({ "10.1.1.4": undefined, "10.1.3.4": "off" })).toEqual([
      `UPDATE "salvus".compute_servers SET status = 'on' WHERE dummy = true AND host = '10.1.1.4'`,
      `UPDATE "salvus".compute_servers SET status = 'off' WHERE dummy = true AND host = '10.1.2.4'`,
    ]);
  });

  it("tells older hubs, in their own column, who is on", () => {
    const columns = [...COLUMNS, "running"];
    expect(statements({ ...same, "10.1.1.4": "off", "10.1.2.4": "on" }, { columns })).toEqual([
      `UPDATE "salvus".compute_servers SET status = 'on', running = true WHERE dummy = true AND host = '10.1.1.4'`,
      `UPDATE "salvus".compute_servers SET status = 'off', running = false WHERE dummy = true AND host = '10.1.2.4'`,
    ]);
  });

  it("is known by the rows of its own servers, each with its own status", () => {
    const [change] = changesOf(plan({ ...same, "10.1.2.4": "on", "10.1.3.4": "on" }));
    const pattern = new RegExp(change !== undefined && "rows" in change.done ? change.done.rows : "^$");
    const rows = (two: string, three: string) =>
      JSON.stringify([
        { host: "10.1.2.4", status: two },
        { host: "10.1.3.4", status: three },
      ]);
    expect(pattern.test(rows("off", "off"))).toBe(true);
    expect(pattern.test(rows("off", "on"))).toBe(false);
  });

  it("names the servers that the services file does not", () => {
    expect(plan({ ...same, "10.9.9.9": "on" }).notes).toEqual([
      "in the table and not in the services file, left alone: 10.9.9.9",
    ]);
  });

  it("refuses a table that is not there or cannot hold a status, with what to do", () => {
    expect(() => plan({}, { columns: [] })).toThrow("there is no table salvus.compute_servers");
    expect(() => plan({}, { columns: ["dummy", "host", "running"] })).toThrow(
      expect.objectContaining({ exit: 3, hint: "ALTER TABLE salvus.compute_servers ADD status varchar" }),
    );
  });
});

describe("the rows of compute servers", () => {
  it("are read with those that have no status yet, and refused where they are not rows", () => {
    expect(
      readStatuses([
        { host: "a", status: null },
        { host: "b", status: "on" },
      ]),
    ).toEqual(
      new Map([
        ["a", undefined],
        ["b", "on"],
      ]),
    );
    expect(() => readStatuses([{ status: "on" }])).toThrow("a row of compute_servers is not as smc knows it");
  });
});
