import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  forgetScript,
  forgottenScript,
  isKeptScript,
  isUsualStartScript,
  keepScript,
  keptFolder,
  listKeptScript,
  parseKept,
  putBackScript,
  usualStartScript,
  wholeScript,
  type Kept,
} from "../../../src/cassandra/upgrade/kept.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

let folder = "";
let kept: Kept;

const TABLE = "hub-0123456789abcdef0123456789abcdef";

const RING = ["keyspace site DC0=3", "member 0123"];

const run = ([program = "", ...words]: readonly string[]): number | null => spawnSync(program, words).status;
const said = ([program = "", ...words]: readonly string[]): string =>
  spawnSync(program, words, { encoding: "utf8" }).stdout;
const put = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
};
const read = (path: string): Promise<string> =>
  readFile(join(folder, path), "utf8").catch(() => "(not there)");
const software = () => ({ folder: join(folder, "software"), version: "4.1.10" });
const keep = (): number | null => run(keepScript(kept, software(), RING));
const putBack = (): number | null => run(putBackScript(kept, software()));
const isKept = (): boolean => run(isKeptScript(kept, software())) === 0;
const isWhole = (): boolean => run(wholeScript(folder)) === 0;

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
  await put(`data/site/${TABLE}/nb-1-big-Data.db`, "of clients");
  await put("software/5.0.6/lib", "");
  await symlink("4.1.10", join(folder, "software/current"));
  if (keep() !== 0) throw new Error("nothing was kept");
});

/** What a newer release does with a node. */
async function change(): Promise<void> {
  await rm(join(folder, "software/current"));
  await symlink("5.0.6", join(folder, "software/current"));
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

  it("lets the older release start over what it cannot read in the commit log of the newer one, until it has answered", async () => {
    const options = "config/first-boot.options";
    await change();
    expect(putBack()).toBe(0);
    expect(await read(options)).toBe("-Dcassandra.commitlog.ignorereplayerrors=true\n");
    expect(run(isUsualStartScript(kept))).toBe(1);
    expect(run(usualStartScript(kept))).toBe(0);
    expect(run(isUsualStartScript(kept))).toBe(0);
    expect(keep()).toBe(0);
    expect(await readdir(join(kept.folder, "config"))).toEqual(["cassandra.yaml"]);
  });

  it("does nothing a second time, when the old release has gone on since", async () => {
    await change();
    expect(putBack()).toBe(0);
    await change();
    expect(putBack()).toBe(0);
    expect(await read("config/cassandra.yaml")).toBe("new");
    expect(await read("data/system/local-1/nb-2-big-Data.db")).toBe("new");
  });

  it("leaves a node that was kept and never switched, and lives with its older release since", async () => {
    await put("config/cassandra.yaml", "older, of days later");
    await put("data/system/local-1/nb-2-big-Data.db", "older, of days later");
    expect(putBack()).toBe(0);
    expect(await read("config/cassandra.yaml")).toBe("older, of days later");
    expect(await read("data/system/local-1/nb-2-big-Data.db")).toBe("older, of days later");
    expect(parseKept(said(listKeptScript(folder, software())))).toEqual([]);
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

  it("says that it has begun until it has ended, and is ended before anything is kept anew", async () => {
    await change();
    expect([isKept(), isWhole()]).toEqual([true, true]);
    // It is cut off: what is kept of the second keyspace cannot be had.
    const place = join(kept.folder, "system_schema");
    await rename(place, `${place}-away`);
    expect(putBack()).toBe(1);
    await rename(`${place}-away`, place);
    expect([isKept(), isWhole()]).toEqual([false, false]);
    expect(await read("data/system/local-1/nb-1-big-Data.db")).toBe("old");
    expect(await read("config/cassandra.yaml")).toBe("new");
    expect(keep()).toBe(0);
    expect(isWhole()).toBe(true);
    expect(await read("config/cassandra.yaml")).toBe("old");
    expect(await readlink(join(folder, "software/current"))).toBe("4.1.10");
    expect(await read("before-upgrade-4.1.10-5.0.6/config/cassandra.yaml")).toBe("old");
    expect(await readdir(join(kept.folder, "system/local-1"))).toEqual(["nb-1-big-Data.db"]);
  });

  it.each([
    ["keep", keep],
    ["put back", putBack],
  ])(
    "is whole when only the removal of what was kept was cut off, which the next %s ends",
    async (_, next) => {
      const rest = "before-upgrade-4.1.10-5.0.6.done";
      await put(`${rest}/putting-back`, "");
      await put("before-upgrade-4.1.10-5.0.7.new/config/cassandra.yaml", "");
      expect(isWhole()).toBe(true);
      expect(next()).toBe(0);
      expect(await readdir(folder)).not.toContain(rest);
    },
  );

  it("leaves the tables where the two releases are of one line", async () => {
    await rm(kept.folder, { recursive: true });
    kept = { ...kept, ownTables: false };
    expect(keep()).toBe(0);
    await change();
    expect(putBack()).toBe(0);
    expect(await read("config/cassandra.yaml")).toBe("old");
    expect(await read("data/system/local-1/nb-2-big-Data.db")).toBe("new");
    expect(run(isUsualStartScript(kept))).toBe(0);
  });
});

describe("keepScript", () => {
  it("keeps a node anew that was not switched since, and leaves what it was where it has been", async () => {
    await put("data/system/local-1/nb-7-big-Data.db", "later, of the same release");
    expect([isKept(), keep()]).toEqual([false, 0]);
    expect(await readdir(join(kept.folder, "system/local-1"))).toHaveLength(2);
    await change();
    expect([isKept(), keep()]).toEqual([true, 0]);
    expect(await read("before-upgrade-4.1.10-5.0.6/config/cassandra.yaml")).toBe("old");
    expect(await readdir(join(kept.folder, "system/local-1"))).toHaveLength(2);
  });

  it("waits for another attempt that is still at it", async () => {
    const holder = spawn("flock", [kept.tables, "sh", "-c", "echo held; read line"]);
    await once(holder.stdout, "data");
    const [program = "", ...words] = putBackScript(kept, software());
    const waiting = spawn(program, words);
    await vi.waitFor(async () => expect(await blockedOnLock(waiting.pid)).toBe(true), { timeout: 5000 });
    expect(isWhole()).toBe(true);
    holder.stdin.end("\n");
    expect(await once(waiting, "close")).toEqual([0, null]);
  });

  it("links the files, and leaves nothing half done behind", async () => {
    const place = "system/local-1/nb-1-big-Data.db";
    const [there, here] = await Promise.all([stat(join(kept.folder, place)), stat(join(kept.tables, place))]);
    expect(there.ino).toBe(here.ino);
    expect(await read("before-upgrade-4.1.10-5.0.6.new/config/cassandra.yaml")).toBe("(not there)");
  });
});

describe("forgetScript", () => {
  it("leaves nothing of what was kept, and everything else", async () => {
    const isForgotten = (): boolean => run(forgottenScript(folder)) === 0;
    expect(isForgotten()).toBe(false);
    expect(run(forgetScript(folder))).toBe(0);
    expect(isForgotten()).toBe(true);
    expect((await readdir(folder)).toSorted()).toEqual(["config", "data", "software"]);
  });
});

describe("the list of what a node keeps", () => {
  it("has the release that it went to, when that was, and its tables", async () => {
    const { mtimeMs } = await stat(join(kept.folder, "tables"));
    await change();
    const [found, ...others] = parseKept(said(listKeptScript(folder, software()))) ?? [];
    expect(others).toEqual([]);
    expect(found).toMatchObject({ to: "5.0.6", at: Math.floor(mtimeMs / 1000) });
    expect(found?.ring).toEqual(RING);
    expect(found?.tables.toSorted()).toEqual([
      `site/${TABLE}`,
      "site/hub-1",
      "system/local-1",
      "system/paxos-1",
      "system_schema/tables-1",
    ]);
    expect(parseKept(said(listKeptScript(folder, { ...software(), version: "4.1.1" })))).toEqual([]);
  });

  it("is refused where there is no such folder, or a line is none of its own", () => {
    expect(run(listKeptScript(join(folder, "nowhere"), software()))).toBe(1);
    expect(parseKept("table site/hub-1\n")).toBeUndefined();
    expect(parseKept("kept 5.0.6 1795759966\nwhat\n")).toBeUndefined();
  });
});

/** Whether a process, or a child of it, waits for a lock of a file, by what the kernel says it sleeps in. */
async function blockedOnLock(pid = 0): Promise<boolean> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  const names = await Promise.all(
    children
      .trim()
      .split(" ")
      .map(child => readFile(`/proc/${child}/comm`, "utf8").catch(() => "")),
  );
  return names.includes("flock\n");
}
