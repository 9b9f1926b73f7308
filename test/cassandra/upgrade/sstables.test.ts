import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEFAULT_VERSION } from "../../../src/services/cassandra/source.ts";
import {
  formatProblems,
  formatsScript,
  newestOnlyScript,
  parseFormats,
} from "../../../src/cassandra/upgrade/sstables.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

const V5 = DEFAULT_VERSION;
const V4 = { text: "4.1.10", major: 4, minor: 1, patch: 10 };
const count = (format: string | undefined, files = 1, keyspace = "site") => ({ keyspace, format, files });

describe("formatsScript", () => {
  it("counts what the tables have by the names of the files, and no snapshot", async () => {
    const folder = await temporaryFolder();
    const files = [
      "site/t-1/nb-1-big-Data.db",
      "site/t-1/nb-3h_1ab_0000-big-Data.db",
      "site/t-1/nb-1-big-Index.db",
      "site/t-1/da-2-bti-Data.db",
      "site/t-1/snapshots/old/me-1-big-Data.db",
      "site/t-1/odd-Data.db",
      "old/u-2/old-u-ka-7-Data.db",
    ];
    for (const file of files) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), "");
    }
    const [program = "", ...words] = formatsScript(folder);
    const counts = parseFormats(execFileSync(program, words, { encoding: "utf8" }));
    expect(counts?.toSorted((a, b) => (String(a.format) < String(b.format) ? -1 : 1))).toEqual([
      count("da"),
      count("ka", 1, "old"),
      count("nb", 2),
      count(undefined),
    ]);
  });

  it("is not read as what it is not", () => {
    expect(parseFormats("site\tnb\t2\nfind: no\n")).toBeUndefined();
  });
});

describe("formatProblems", () => {
  it("lets each release have its own files and those of the one before", () => {
    expect(formatProblems([count("nb"), count("na"), count("oa"), count("da")], V5)).toEqual([]);
    expect(formatProblems([count("nb"), count("me")], V4)).toEqual([]);
  });

  it("names files that are too old, too new, or of no format that is known", () => {
    expect(formatProblems([count("me", 3), count("mc", 1, "system"), count("me", 1, "a")], V5)).toEqual([
      "4 files in a, site are of format me (3.0), which is before what 5.0.6 is sure to read: run upgradesstables first",
      "1 file in system are of format mc (3.0), which is before what 5.0.6 is sure to read: run upgradesstables first",
    ]);
    expect(formatProblems([count("oa")], V4)).toEqual([
      "1 file in site are of format oa (5.0), which 4.1.10 does not read",
    ]);
    expect(formatProblems([count(undefined), count("zz")], V5)).toHaveLength(2);
  });
});

describe("newestOnlyScript", () => {
  it.each([
    ["5.0", "oa-1-big", true],
    ["5.0", "da-3h_1ab_0000-bti", true],
    ["5.0", "nb-1-big", false],
    ["5.0", "old-u-ka-7", false],
    ["4.1", "nb-1-big", true],
    ["4.1", "me-1-big", false],
  ])("says of %s and a file %s: %s", async (series, name, expected) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "site/t-1/snapshots/old"), { recursive: true });
    await writeFile(join(folder, "site/t-1/snapshots/old/ka-1-big-Data.db"), "");
    await writeFile(join(folder, `site/t-1/${name}-Data.db`), "");
    const [program = "", ...words] = newestOnlyScript(folder, series === "5.0" ? V5 : V4);
    const { status, stdout } = spawnSync(program, words, { encoding: "utf8" });
    expect([status, stdout.includes(name)]).toEqual(expected ? [0, false] : [1, true]);
  });
});
