import { appendFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OperatorError } from "../../src/base/operator-error.ts";
import { repairLedger, type RepairedJob, type RepairLedger } from "../../src/state/repair-ledger.ts";
import { makeFolder, removeFolder } from "../helpers/work.ts";

const JOB: RepairedJob = {
  keyspace: "site",
  tables: ["hub"],
  ranges: [{ after: "-9223372036854775808", upTo: "170141183460469231731687303715884105728" }],
  replicas: ["db1", "db2"],
  dataCentres: [],
  mode: "full",
  start: "2026-11-27T04:00:00.000Z",
  end: "2026-11-27T05:00:00.000Z",
};

let folder = "";
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(() => removeFolder(folder));

const ledgerOf = (run: string, deployment = "cloud"): RepairLedger =>
  repairLedger({ stateDirectory: folder, deployment, run });

describe("the ledger of repairs", () => {
  it("is empty where nothing was repaired", async () => {
    expect(await ledgerOf("a").entries()).toEqual([]);
  });

  it("keeps what all runs of a deployment recorded, in order, for its owner's eyes", async () => {
    await ledgerOf("a").record(JOB);
    await Promise.all(["b", "c"].map(run => ledgerOf(run).record(JOB)));
    const entries = await ledgerOf("d").entries();
    expect(entries[0]).toEqual({ version: 1, ...JOB, run: "a" });
    expect(entries.map(({ run }) => run).sort()).toEqual(["a", "b", "c"]);
    expect(await ledgerOf("a", "storm").entries()).toEqual([]);
    expect((await stat(join(folder, "cloud/repairs.jsonl"))).mode & 0o777).toBe(0o600);
  });

  it("goes on after a line that a crash cut off", async () => {
    await ledgerOf("a").record(JOB);
    await appendFile(join(folder, "cloud/repairs.jsonl"), '{"version":1,"keysp');
    await ledgerOf("b").record(JOB);
    expect((await ledgerOf("c").entries()).map(({ run }) => run)).toEqual(["a", "b"]);
  });

  it.each([
    ["another version", { version: 2 }, "version: is not a version"],
    [
      "a token that is none",
      { ranges: [{ after: "1", upTo: "ten" }] },
      "ranges.0.upTo: must be decimal digits",
    ],
    ["a time that is none", { start: "yesterday" }, "start: must be an ISO 8601 time"],
  ])("refuses %s, with the entry and the key", async (_, wrong, told) => {
    await ledgerOf("a").record(JOB);
    const path = join(folder, "cloud/repairs.jsonl");
    await writeFile(path, `${JSON.stringify({ version: 1, ...JOB, run: "a", ...wrong })}\n`);
    const error: unknown = await ledgerOf("a")
      .entries()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OperatorError);
    expect(error instanceof OperatorError && error.details.join()).toContain(told);
  });
});
