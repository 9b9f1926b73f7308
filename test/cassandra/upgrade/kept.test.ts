import { spawnSync } from "node:child_process";
import { chmod, mkdir, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { keepScript, keptFolder, putBackScript, type Kept } from "../../../src/cassandra/upgrade/kept.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

let folder = "";
let kept: Kept;

const run = ([program = "", ...words]: readonly string[]): number | null => spawnSync(program, words).status;
const put = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
};
const read = (path: string): Promise<string> =>
  readFile(join(folder, path), "utf8").catch(() => "(not there)");
const putBack = (): number | null =>
  run(putBackScript(kept, { folder: join(folder, "software"), version: "4.1.10" }));

beforeEach(async () => {
  folder = await temporaryFolder();
  kept = {
    folder: keptFolder(folder, "4.1.10", "5.0.6"),
    config: join(folder, "config"),
    tables: join(folder, "data"),
    ownTables: true,
  };
  await put("config/cassandra.yaml", "old");
  await put("data/system/local-1/nb-1-big-Data.db", "old");
  await put("data/system/paxos-1/nb-1-big-Data.db", "promise");
  await put("data/system_schema/tables-1/nb-1-big-Data.db", "old");
  await put("data/site/hub-1/nb-1-big-Data.db", "of clients");
  await put("software/5.0.6/lib", "");
  if (run(keepScript(kept)) !== 0) throw new Error("nothing was kept");
});

/** What a newer release does with a node. */
async function change(): Promise<void> {
  await put("config/cassandra.yaml", "new");
  await put("config/added", "new");
  await rm(join(folder, "data/system/local-1/nb-1-big-Data.db"));
  await put("data/system/local-1/nb-2-big-Data.db", "new");
  await put("data/system/fresh-1/nb-1-big-Data.db", "new");
  await put("data/system/paxos-1/nb-2-big-Data.db", "later promise");
  await put("data/site/hub-1/nb-2-big-Data.db", "later");
}

describe("putBackScript", () => {
  it("makes configuration and own tables what they were, and leaves what clients were told", async () => {
    await chmod(join(folder, "data/system/local-1"), 0o710);
    await change();
    expect(putBack()).toBe(0);
    // The folder is the node's own: whoever kept a copy of it must not become its owner.
    expect((await stat(join(folder, "data/system/local-1"))).mode & 0o777).toBe(0o710);
    expect(await read("config/cassandra.yaml")).toBe("old");
    expect(await read("config/added")).toBe("(not there)");
    expect(await readdir(join(folder, "data/system/local-1"))).toEqual(["nb-1-big-Data.db"]);
    expect(await readdir(join(folder, "data/system/fresh-1"))).toEqual([]);
    expect(await readdir(join(folder, "data/system/paxos-1"))).toHaveLength(2);
    expect(await read("data/site/hub-1/nb-2-big-Data.db")).toBe("later");
    expect(await readlink(join(folder, "software/current"))).toBe("4.1.10");
  });

  it("does nothing a second time, when the old release has gone on since", async () => {
    expect(putBack()).toBe(0);
    await change();
    expect(putBack()).toBe(0);
    expect(await read("config/cassandra.yaml")).toBe("new");
    expect(await read("data/system/local-1/nb-2-big-Data.db")).toBe("new");
  });

  it("can be done again when it was cut off in the middle", async () => {
    await change();
    await rm(join(folder, "data/system/local-1"), { recursive: true });
    await mkdir(join(folder, "data/system/local-1"));
    await rm(join(folder, "config"), { recursive: true });
    await mkdir(join(folder, "config"));
    expect(putBack()).toBe(0);
    expect(await read("data/system/local-1/nb-1-big-Data.db")).toBe("old");
    expect(await read("config/cassandra.yaml")).toBe("old");
  });

  it("leaves the tables where the two releases are of one line", async () => {
    await rm(kept.folder, { recursive: true });
    kept = { ...kept, ownTables: false };
    expect(run(keepScript(kept))).toBe(0);
    await change();
    expect(putBack()).toBe(0);
    expect(await read("config/cassandra.yaml")).toBe("old");
    expect(await read("data/system/local-1/nb-2-big-Data.db")).toBe("new");
  });
});

describe("keepScript", () => {
  it("links the files, and leaves nothing half done behind", async () => {
    const place = "system/local-1/nb-1-big-Data.db";
    const [there, here] = await Promise.all([stat(join(kept.folder, place)), stat(join(kept.tables, place))]);
    expect(there.ino).toBe(here.ino);
    expect(await read("before-upgrade-4.1.10-5.0.6.new/config/cassandra.yaml")).toBe("(not there)");
  });
});
