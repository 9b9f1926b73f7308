import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  absentScript,
  importedScript,
  importScript,
  listScript,
  parseSnapshots,
  presentScript,
  requireSnapshotName,
  tablePresentScript,
  takeAnewScript,
  type SnapshotScript,
} from "../../src/cassandra/snapshots.ts";

const ID = "0123456789abcdef0123456789abcdef";
const OTHER = "fedcba9876543210fedcba9876543210";

let tables = "";
beforeEach(async () => {
  tables = join(await mkdtemp(join(tmpdir(), "smc-snap-")), "da ta");
  await put(`site/notes-${ID}/nb-1-big-Data.db`, "12345");
  await put(`site/notes-${ID}/snapshots/daily/nb-1-big-Data.db`, "12345");
  await put(`site/notes-${ID}/snapshots/daily/manifest.json`, "{}");
  await put(`site/notes-${ID}/snapshots/daily/.index/nb-1-big-Data.db`, "123");
  await put(`site/empty-${ID}/snapshots/daily/manifest.json`, "{}");
  await put(`other/notes-${ID}/snapshots/v1.2/manifest.json`, "{}");
});
afterEach(() => rm(dirname(tables), { recursive: true }));

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(tables, path)), { recursive: true });
  await writeFile(join(tables, path), text);
}

async function run([program = "", ...words]: SnapshotScript): Promise<{ code: number; said: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, words);
    return { code: 0, said: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: stdout + stderr };
  }
}

function place(keyspace: string, table: string, name = "daily") {
  return { tables, keyspace, table, name };
}

describe("the list of snapshots", () => {
  it("has every table of every snapshot, with its files and their sum", async () => {
    const { code, said } = await run(listScript(tables));
    expect(code).toBe(0);
    const seen = parseSnapshots(said).map(({ takenAt, ...rest }) => ({
      ...rest,
      recent: Date.now() / 1000 - takenAt < 60,
    }));
    expect(seen.sort((a, b) => (a.table + a.keyspace < b.table + b.keyspace ? -1 : 1))).toEqual([
      { snapshot: "daily", keyspace: "site", table: "empty", files: 1, size: 2, recent: true },
      { snapshot: "v1.2", keyspace: "other", table: "notes", files: 1, size: 2, recent: true },
      { snapshot: "daily", keyspace: "site", table: "notes", files: 3, size: 10, recent: true },
    ]);
  });

  it("fails where there is no such folder, instead of being empty", async () => {
    expect((await run(listScript(join(tables, "nowhere")))).code).not.toBe(0);
  });

  it("is refused with the first line that is not one", () => {
    const good = `3\t10\t1795759966\tdaily\tsite/notes-${ID}`;
    expect(parseSnapshots(`${good}\n`)).toHaveLength(1);
    for (const bad of [
      good.replace("3", "x"),
      good.replace("\tdaily", ""),
      good.replace(ID, "abc"),
      `${good}\tmore`,
    ]) {
      expect(() => parseSnapshots(`${good}\n${bad}\n`)).toThrow("not as smc knows it");
    }
  });
});

describe("a snapshot on the disk", () => {
  it("is there when each keyspace that was asked for has it", async () => {
    expect((await run(presentScript(tables, "daily", []))).code).toBe(0);
    expect((await run(presentScript(tables, "daily", ["site"]))).code).toBe(0);
    const partly = await run(presentScript(tables, "daily", ["site", "other"]));
    expect(partly).toEqual({ code: 1, said: "nothing of daily in: other\n" });
    expect((await run(presentScript(tables, "dail", []))).code).toBe(1);
  });

  it("is gone when no table has it", async () => {
    expect((await run(absentScript(tables, "daily"))).code).toBe(1);
    expect((await run(absentScript(tables, "weekly"))).code).toBe(0);
  });
});

describe("taking a snapshot", () => {
  it("removes first what an attempt that was cut off left of it", async () => {
    const taken = (name: string) => run(takeAnewScript(tables, name, ["echo", "nodetool"]));
    expect((await taken("weekly")).said).toBe("nodetool snapshot -t weekly\n");
    expect((await taken("daily")).said).toBe("nodetool clearsnapshot -t daily\nnodetool snapshot -t daily\n");
    const failing = await run(takeAnewScript(tables, "daily", ["false"]));
    expect(failing.code).toBe(1);
  });
});

describe("one table of a snapshot", () => {
  it("is found once; of a table that was made anew nobody can tell which is meant", async () => {
    expect((await run(tablePresentScript(place("site", "notes")))).code).toBe(0);
    expect((await run(tablePresentScript(place("site", "note")))).said).toBe(
      "daily has nothing of site.note\n",
    );
    await put(`site/notes-${OTHER}/snapshots/daily/manifest.json`, "{}");
    expect((await run(tablePresentScript(place("site", "notes")))).said).toContain(
      "two tables site.notes were in daily",
    );
  });

  it("is copied from its own folder", async () => {
    const { said } = await run(importScript(place("site", "notes"), ["echo", "nodetool"]));
    expect(said).toBe(
      `nodetool import --copy-data -- site notes ${tables}/site/notes-${ID}/snapshots/daily\n`,
    );
  });

  it("counts as copied when the table has files again, or had none", async () => {
    expect((await run(importedScript(place("site", "notes")))).code).toBe(0);
    expect((await run(importedScript(place("site", "empty")))).code).toBe(0);
    await rm(join(tables, `site/notes-${ID}/nb-1-big-Data.db`));
    expect(await run(importedScript(place("site", "notes")))).toEqual({
      code: 1,
      said: "site.notes has no files\n",
    });
  });
});

describe("the name of a snapshot", () => {
  it.each(["before-upgrade", "v1.2", "2026_11"])("may be %s", name => {
    expect(() => requireSnapshotName(name)).not.toThrow();
  });

  it.each(["", "-t", "..", "a/b", "a b", "a*", "$(x)"])("may not be %j", name => {
    expect(() => requireSnapshotName(name)).toThrow("is no name for a snapshot");
  });
});
