import { describe, expect, it } from "vitest";
import { repairBehaviour } from "../../../../src/cassandra/nodetool/repair/behaviour.ts";
import { parseRepair } from "../../../../src/cassandra/nodetool/repair/lines.ts";
import {
  judgeRepair,
  type RepairHistory,
  type RepairVerdict,
} from "../../../../src/cassandra/nodetool/repair/verdict.ts";
import { parseCassandraVersion, type CassandraVersion } from "../../../../src/cassandra/version.ts";
import { fixture } from "../fixtures.ts";

const NOTHING: RepairHistory = { parent: "unknown", failedSessions: 0, active: false };
const CLOSED =
  "error: JMX connection closed. You should check server log for repair status of keyspace salvus";

describe("judgeRepair", () => {
  it.each([
    // A success: every source that can be asked agrees.
    ["1.2.9", "1.2-repair", 0, "ok"],
    ["2.0.12", "2.0-repair", 0, "ok"],
    ["2.1.5", "2.1-repair", 0, "ok"],
    ["2.1.6", "2.1-repair", 0, "ok"],
    ["2.2.6", "2.2-repair", 0, "ok"],
    ["3.0.8", "3.0-repair", 0, "ok"],
    ["3.11.5", "3.11-repair", 0, "ok"],
    ["4.1.10", "4.1-repair", 0, "ok"],
    ["5.0.6", "5.0-repair", 0, "ok"],
    ["5.0.6", "5.0-repair-incremental", 0, "ok"],
    ["5.0.6", "5.0-repair-keyspaces", 0, "ok"],
    ["4.0.11", "4.0-repair-asked", 0, "ok"],
    // Nothing to do is a success.
    ["1.2.9", "1.2-repair-nothing", 0, "ok"],
    ["2.2.6", "2.2-repair-nothing", 0, "ok"],
    ["3.11.5", "3.11-repair-nothing", 0, "ok"],
    ["5.0.6", "5.0-repair-nothing", 0, "ok"],
    ["5.0.6", "5.0-repair-empty", 0, "ok"],
    // A session failed, and the exit code tells it.
    ["1.2.9", "1.2-repair-failed", 1, "failed"],
    ["2.1.16", "2.1-repair-failed", 2, "failed"],
    ["3.11.5", "3.11-repair-failed", 2, "failed"],
    ["4.0.11", "4.0-repair-failed", 2, "failed"],
    ["5.0.6", "5.0-repair-node-down", 2, "failed"],
    ["4.1.10", "4.1-repair-unknown-table", 2, "failed"],
    // A session failed, and the exit code is 0.
    ["2.1.5", "2.1-repair-failed", 0, "failed"],
    ["2.2.6", "2.2-repair-failed", 0, "failed"],
    ["3.0.8", "3.0-repair-failed", 0, "failed"],
    // It did not get going, and the exit code is 0.
    ["1.2.9", "1.2-repair-range", 0, "failed"],
    ["2.1.16", "2.1-repair-refused", 0, "failed"],
    ["2.2.6", "2.2-repair-refused", 0, "failed"],
    // nodetool lost sight of it.
    ["2.0.12", "2.0-repair-lost", 1, "unknown"],
    ["2.1.16", "2.1-repair-lost", 0, "unknown"],
    ["3.11.5", "3.11-repair-lost", 0, "unknown"],
    ["4.0.11", "4.0-repair-forgotten", 2, "unknown"],
    ["5.0.6", "5.0-repair-coordinator-dies", 2, "unknown"],
  ] satisfies [string, string, number, RepairVerdict["kind"]][])(
    "on %s, %s that ends with %i is %s",
    (...[release, name, exit, kind]) => {
      expect(judge({ release, name, exit })).toMatchObject({ kind });
    },
  );

  it("believes no exit code over its lines, cut anywhere", () => {
    for (const [release, name] of [
      ["2.1.5", "2.1-repair"],
      ["2.2.6", "2.2-repair"],
      ["5.0.6", "5.0-repair"],
    ] as const) {
      const lines = fixture(name).trimEnd().split("\n");
      const needed = lines.findIndex(line => line.includes("finished in") || line.endsWith("#7 finished"));
      const cuts = lines.map((_, index) => lines.slice(0, index).join("\n"));
      const kinds = cuts.map(text => judge({ release, text, exit: 0 }).kind);
      expect(kinds.map(kind => kind === "ok")).toEqual(cuts.map((_, index) => index > needed));
    }
  });

  it("is unknown when nodetool missed the start, which names the repair: nobody can be asked about it", () => {
    const text = fixture("5.0-repair").split("\n").slice(1).join("\n");
    expect(judge({ release: "5.0.6", text, exit: 0 })).toEqual({
      kind: "unknown",
      reason: "nodetool did not hear that it started",
      mayStillRun: false,
    });
  });

  it("is unknown, and may still run, when nodetool was not seen to end or its connection closed", () => {
    const start = fixture("5.0-repair").split("\n", 1)[0] ?? "";
    expect(judge({ release: "5.0.6", text: start, exit: undefined })).toEqual({
      kind: "unknown",
      reason: "nodetool was not seen to end",
      mayStillRun: true,
    });
    expect(judge({ release: "3.11.5", text: start, exit: 2, stderr: CLOSED })).toEqual({
      kind: "unknown",
      reason: "nodetool lost sight of it",
      mayStillRun: true,
    });
  });

  it("has failed when nodetool could not start it, for the reason that it gives", () => {
    const stderr =
      "nodetool: Failed to connect to '127.0.0.1:7199' - ConnectException: 'Connection refused'.\n";
    expect(judge({ release: "5.0.6", text: "", exit: 1, stderr })).toEqual({
      kind: "failed",
      reason: expect.stringContaining("Failed to connect"),
      mayStillRun: false,
    });
  });

  it("asks the history when nodetool does not know, and never over a failure that was told", () => {
    const lost = { release: "3.11.5", name: "3.11-repair-lost", exit: 0 };
    expect(judge({ ...lost, history: { parent: "succeeded" } })).toMatchObject({
      kind: "ok",
      mayStillRun: false,
    });
    expect(judge({ ...lost, history: { parent: "failed" } })).toMatchObject({ kind: "failed" });
    expect(judge({ ...lost, history: { parent: "succeeded", active: true } })).toMatchObject({
      kind: "unknown",
      mayStillRun: true,
    });
    const failed = { release: "2.2.6", name: "2.2-repair-failed", exit: 0 };
    expect(judge({ ...failed, history: { parent: "succeeded" } })).toMatchObject({ kind: "failed" });
  });

  it("is not ok against the history or against work that is still seen", () => {
    const ended = { release: "5.0.6", name: "5.0-repair", exit: 0 };
    expect(judge({ ...ended, history: { failedSessions: 1 } })).toMatchObject({ kind: "failed" });
    expect(judge({ ...ended, history: { parent: "failed" } })).toMatchObject({ kind: "failed" });
    expect(judge({ ...ended, history: { parent: "unfinished" } })).toMatchObject({
      kind: "unknown",
      mayStillRun: true,
    });
    expect(judge({ ...ended, history: { active: true } })).toMatchObject({
      kind: "unknown",
      mayStillRun: true,
    });
    expect(judge({ ...ended, exit: 2 })).toMatchObject({ kind: "unknown" });
  });

  it("says when an exit code of 0 tells nothing", () => {
    const text = fixture("2.1-repair")
      .split("\n")
      .filter(line => !line.includes("ed2 for range"))
      .join("\n");
    expect(judge({ release: "2.1.5", text, exit: 0 }).reason).toBe(
      "only 1 of 2 ranges are told to be finished, and its exit code tells nothing on this release",
    );
    expect(judge({ release: "2.1.16", text, exit: 0 }).reason).toBe(
      "only 1 of 2 ranges are told to be finished",
    );
  });
});

describe("repairBehaviour", () => {
  it.each([
    ["1.2.9", 1, "waits", "waits"],
    ["2.0.4", 1, "fails", "fails"],
    ["2.1.0", 0, "waits", "fails"],
    ["2.1.5", 0, "waits", "fails"],
    ["2.1.6", 2, "waits", "fails"],
    ["2.2.19", 0, "waits", "fails"],
    ["3.0.8", 0, "waits", "fails"],
    ["3.0.9", 2, "waits", "fails"],
    ["3.9", 0, "waits", "fails"],
    ["3.10", 2, "waits", "fails"],
    ["3.11.5", 2, "waits", "fails"],
    ["4.0.11", 2, "asks", "fails"],
    ["5.0.6", 2, "asks", "fails"],
  ] as const)("knows %s", (...[release, failedExit, lostNotification, closedConnection]) => {
    expect(repairBehaviour(version(release))).toEqual({ failedExit, lostNotification, closedConnection });
  });
});

function judge(words: {
  release: string;
  name?: string;
  text?: string;
  exit: number | undefined;
  stderr?: string;
  history?: Partial<RepairHistory>;
}): RepairVerdict {
  return judgeRepair({
    version: version(words.release),
    nodetool: { exit: words.exit, stderr: words.stderr ?? "" },
    report: parseRepair(words.text ?? fixture(words.name ?? "")),
    history: { ...NOTHING, ...words.history },
  });
}

function version(text: string): CassandraVersion {
  const parsed = parseCassandraVersion(text);
  if (parsed === undefined) throw new Error(`${text} is no version`);
  return parsed;
}
