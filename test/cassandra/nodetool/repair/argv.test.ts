import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OperatorError } from "../../../../src/base/operator-error.ts";
import { repairArgv, type RepairRequest } from "../../../../src/cassandra/nodetool/repair/argv.ts";
import { parseCassandraVersion, type CassandraVersion } from "../../../../src/cassandra/version.ts";

const FULL: RepairRequest = {
  keyspace: "salvus",
  tables: [],
  mode: "full",
  parallelism: "parallel",
  scope: { kind: "all" },
  dataCentres: [],
};
const RELEASES = [
  "1.2.9",
  "2.0.1",
  "2.0.3",
  "2.0.12",
  "2.1.5",
  "2.1.16",
  "2.2.6",
  "3.0.8",
  "3.11.5",
  "4.0.11",
  "4.1.10",
  "5.0.6",
];

describe("repairArgv", () => {
  it.each([
    ["1.2.9", "repair salvus", {}],
    ["1.2.9", "repair -snapshot salvus", { parallelism: "sequential" }],
    ["2.0.1", "repair -snapshot salvus", { parallelism: "sequential" }],
    ["2.0.12", "repair salvus", { parallelism: "sequential" }],
    ["2.0.12", "repair -par -dc DC0,DC1 salvus", { dataCentres: ["DC0", "DC1"] }],
    ["2.1.5", "repair -par salvus", {}],
    ["2.1.5", "repair -inc -par salvus", { mode: "incremental" }],
    ["2.1.5", "repair -dcpar salvus", { parallelism: "dc-parallel" }],
    ["2.2.6", "repair -full salvus", {}],
    ["3.11.5", "repair salvus", { mode: "incremental" }],
    [
      "3.11.5",
      "repair -full -seq salvus blobs small",
      { parallelism: "sequential", tables: ["blobs", "small"] },
    ],
    ["4.1.10", "repair -full -pr salvus", { scope: { kind: "primary" } }],
    ["5.0.6", "repair -full -dc DC0 -dc DC1 salvus", { dataCentres: ["DC0", "DC1"] }],
    [
      "5.0.6",
      "repair -full -st -5 -et 7 salvus blobs",
      { scope: { kind: "range", start: -5n, end: 7n }, tables: ["blobs"] },
    ],
    [
      "5.0.6",
      "repair -st -5 -et 7 salvus",
      { mode: "incremental", scope: { kind: "range", start: -5n, end: 7n } },
    ],
  ] satisfies [string, string, Partial<RepairRequest>][])("on %s: %s", (release, words, wish) => {
    expect(repairArgv({ ...FULL, ...wish }, version(release)).join(" ")).toBe(words);
  });

  it.each([
    ["1.2.9", "it has no incremental repair", { mode: "incremental" }],
    ["2.0.12", "it has no incremental repair", { mode: "incremental" }],
    ["2.0.12", "it has no dc-parallel repair", { parallelism: "dc-parallel" }],
    ["2.0.3", "it cannot repair within named data centres; 2.0.4 and later can", { dataCentres: ["DC0"] }],
    ["2.1.5", "nodetool exits 0", { mode: "incremental", parallelism: "sequential" }],
    ["2.1.5", "tables are ignored", { tables: ["blobs"], scope: { kind: "range", start: 0n, end: 7n } }],
    ["3.11.5", "CASSANDRA-10422", { mode: "incremental", scope: { kind: "range", start: 0n, end: 7n } }],
    ["5.0.6", "on all nodes", { scope: { kind: "primary" }, dataCentres: ["DC0"] }],
    ["5.0.6", "ends where it starts", { scope: { kind: "range", start: 7n, end: 7n } }],
  ] satisfies [string, string, Partial<RepairRequest>][])("on %s it refuses: %s", (release, reason, wish) => {
    expect(() => repairArgv({ ...FULL, ...wish }, version(release))).toThrow(
      expect.objectContaining({
        code: "REPAIR_UNSUPPORTED",
        exit: 3,
        details: [expect.stringContaining(reason)],
      }),
    );
  });

  it("never asks for another repair than was wished, on any release", () => {
    const request = fc.record({
      keyspace: fc.constant("salvus"),
      tables: fc.subarray(["blobs", "small"]),
      mode: fc.constantFrom<RepairRequest["mode"]>("full", "incremental"),
      parallelism: fc.constantFrom<RepairRequest["parallelism"]>("sequential", "parallel", "dc-parallel"),
      scope: fc.constantFrom<RepairRequest["scope"]>(
        { kind: "all" },
        { kind: "primary" },
        { kind: "range", start: 1n, end: 2n },
      ),
      dataCentres: fc.subarray(["DC0", "DC1"]),
    });
    fc.assert(
      fc.property(request, fc.constantFrom(...RELEASES), (wish, release) => {
        const words = wordsOrRefusal(wish, version(release));
        expect(words === undefined || understood(words, version(release))).toEqual(
          words === undefined ? true : { ...wish, scope: wish.scope.kind },
        );
      }),
      { numRuns: 2000 },
    );
  });
});

function wordsOrRefusal(request: RepairRequest, release: CassandraVersion): readonly string[] | undefined {
  try {
    return repairArgv(request, release);
  } catch (error) {
    if (error instanceof OperatorError) return undefined;
    throw error;
  }
}

/** What nodetool of a release makes of the words, by the options of NodeCmd, NodeTool.Repair and nodetool/Repair. */
function understood(words: readonly string[], { major, minor, patch }: CassandraVersion): unknown {
  const has = (flag: string) => words.includes(flag);
  const isOld = major === 1 || (major === 2 && minor === 0);
  const isSnapshots = major === 1 || (major === 2 && minor === 0 && patch < 2);
  const isNew = major > 2 || (major === 2 && minor >= 2);
  const other = has("-dcpar") ? "dc-parallel" : undefined;
  const parallelism = isSnapshots
    ? has("-snapshot")
      ? "sequential"
      : "parallel"
    : isNew
      ? has("-seq")
        ? "sequential"
        : (other ?? "parallel")
      : has("-par")
        ? "parallel"
        : (other ?? "sequential");
  const centres = words.flatMap((word, index) =>
    word === "-dc" ? (words[index + 1] ?? "").split(isOld ? "," : "\n") : [],
  );
  const [keyspace, ...tables] = words.slice(words.indexOf("salvus"));
  return {
    keyspace,
    tables,
    mode: isNew ? (has("-full") ? "full" : "incremental") : has("-inc") ? "incremental" : "full",
    parallelism,
    scope: has("-pr") ? "primary" : has("-st") ? "range" : "all",
    dataCentres: centres,
  };
}

function version(text: string): CassandraVersion {
  const parsed = parseCassandraVersion(text);
  if (parsed === undefined) throw new Error(`${text} is no version`);
  return parsed;
}
