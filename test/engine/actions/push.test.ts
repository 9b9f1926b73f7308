import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Archive } from "../../../src/engine/artefacts.ts";
import { makeFolder, perform, removeFolder } from "../../helpers/work.ts";

let folder = "";
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(() => removeFolder(folder));

async function makeArchive(text: string): Promise<Archive> {
  const source = join(folder, `source-${text}`);
  await mkdir(join(source, "bin"), { recursive: true });
  await writeFile(join(source, "bin", "program"), text, { mode: 0o755 });
  const path = join(folder, `${text}.tar`);
  execFileSync("tar", ["-c", "-f", path, "-C", source, "."]);
  const content = await readFile(path);
  return { path, sha256: createHash("sha256").update(content).digest("hex"), bytes: content.length };
}

function push(version: string, archive: Archive): ReturnType<typeof perform> {
  const artefact = { name: "hub", version, source: { kind: "folder", path: "/" } } as const;
  const software = join(folder, "software");
  return perform(
    { kind: "push", artefact, folder: software },
    { artefacts: { archive: () => Promise.resolve(archive) } },
  );
}

const inSoftware = (...words: string[]): string => join(folder, "software", ...words);
const visible = async (): Promise<string[]> =>
  (await readdir(inSoftware())).filter(name => name !== ".push.lock").sort();

describe("push", () => {
  it("puts a version whole, points current at it, and leaves it alone then", async () => {
    const archive = await makeArchive("one");
    expect(await push("1.0", archive)).toEqual({ kind: "changed" });
    expect(await readFile(inSoftware("current", "bin", "program"), "utf8")).toBe("one");
    expect(await readlink(inSoftware("current"))).toBe("1.0");
    expect(await visible()).toEqual(["1.0", "current"]);
    expect(await push("1.0", archive)).toMatchObject({ kind: "unchanged" });
  });

  it("keeps the old version beside a new one, and goes back without sending anything", async () => {
    const [one, two] = [await makeArchive("one"), await makeArchive("two")];
    await push("1.0", one);
    expect(await push("2.0", two)).toEqual({ kind: "changed" });
    expect(await readFile(inSoftware("current", "bin", "program"), "utf8")).toBe("two");
    expect(await push("1.0", one)).toEqual({ kind: "changed" });
    expect(await readlink(inSoftware("current"))).toBe("1.0");
  });

  it("moves no version that a release put there, but lets another come beside it", async () => {
    // Another packing of the same files is another archive.
    const two = await makeArchive("two");
    await push("2.0", two);
    await writeFile(inSoftware(".smc-release"), "2.0 2026-01-02T03:04:05Z done\n");
    expect(await push("1.0", await makeArchive("one"))).toMatchObject({
      kind: "failed",
      reason: expect.stringContaining("smc release put hub 2.0 there, and the services file says 1.0"),
    });
    expect(await visible()).toEqual([".smc-release", "2.0", "current"]);
    expect(await push("2.0", two)).toMatchObject({ kind: "unchanged" });
  });

  it("replaces a version whose content is another", async () => {
    await push("1.0", await makeArchive("one"));
    expect(await push("1.0", await makeArchive("other"))).toEqual({ kind: "changed" });
    expect(await readFile(inSoftware("1.0", "bin", "program"), "utf8")).toBe("other");
    expect(await visible()).toEqual(["1.0", "current"]);
  });

  it("refuses an archive that arrives damaged, and shows nothing of it", async () => {
    const archive = await makeArchive("one");
    const result = await push("1.0", { ...archive, sha256: "0".repeat(64) });
    expect(result).toMatchObject({ kind: "failed", output: expect.stringContaining("not 0000") });
    expect(await visible()).toEqual([]);
  });

  it("clears what a push that was cut off left", async () => {
    await mkdir(inSoftware(".incoming-1.0", "files"), { recursive: true });
    expect(await push("1.0", await makeArchive("one"))).toEqual({ kind: "changed" });
    expect(await visible()).toEqual(["1.0", "current"]);
  });

  it("serves several instances on one host that push the same at once", async () => {
    const archive = await makeArchive("one");
    const results = await Promise.all([1, 2, 3, 4].map(() => push("1.0", archive)));
    expect(results.map(({ kind }) => kind)).not.toContain("failed");
    expect(await visible()).toEqual(["1.0", "current"]);
  });
});

describe("push beside what runs", () => {
  it("puts the version there and leaves current where it is", async () => {
    const archive = await makeArchive("three");
    const artefact = { name: "hub", version: "3", source: { kind: "folder", path: "/" } } as const;
    const words = { artefacts: { archive: () => Promise.resolve(archive) } };
    const beside = { kind: "push", artefact, folder: join(folder, "software"), beside: true } as const;
    await push("1", await makeArchive("one"));
    expect(await perform(beside, words)).toEqual({ kind: "changed" });
    expect(await perform(beside, words)).toMatchObject({ kind: "unchanged" });
    expect(await readlink(inSoftware("current"))).toBe("1");
    expect(await readFile(inSoftware("3", "bin", "program"), "utf8")).toBe("three");
    expect(await push("3", archive)).toEqual({ kind: "changed" });
    expect(await readlink(inSoftware("current"))).toBe("3");
  });
});
