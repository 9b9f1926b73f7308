import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { createArtefactStore } from "../../../src/engine/artefacts/store.ts";
import {
  lookScript,
  notedScript,
  noteScript,
  parsePlace,
  switchedScript,
  switchScript,
  wholeScript,
  type SwitchWords,
} from "../../../src/services/release/scripts.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

let folder = "";
beforeEach(async () => {
  folder = await temporaryFolder();
});

const at = "2026-01-02T03:04:05.000Z";
const runs = ([program = "", ...words]: readonly string[]): { ok: boolean; output: string } => {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8" });
  return { ok: status === 0, output: stdout + stderr };
};

function version(name: string, archive: string): void {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, ".smc-archive"), `${archive}\n`);
}

const to = (name: string, more: Partial<SwitchWords> = {}): SwitchWords => ({
  folder,
  version: name,
  archive: `hash-of-${name}`,
  previous: "1",
  note: { version: name, at, state: "begun" },
  ...more,
});

describe("the look at a place", () => {
  const look = () => parsePlace(execFileSync("sh", lookScript(folder).slice(1), { encoding: "utf8" }));

  it("sees versions, links and the note", () => {
    expect(look()).toEqual({ current: undefined, previous: undefined, note: undefined, archives: new Map() });
    version("1", "a");
    version("2", "b");
    symlinkSync("2", join(folder, "current"));
    symlinkSync("1", join(folder, "previous"));
    writeFileSync(join(folder, ".smc-release"), `2 ${at} done\n`);
    mkdirSync(join(folder, "no-version"));
    expect(look()).toEqual({
      current: "2",
      previous: "1",
      note: { version: "2", at, state: "done" },
      archives: new Map([
        ["1", "a"],
        ["2", "b"],
      ]),
    });
  });

  it.each(["begun", "back", "done"])("sees a note of what is %s", state => {
    writeFileSync(join(folder, ".smc-release"), `2 ${at} ${state}\n`);
    expect(look()?.note).toEqual({ version: "2", at, state });
  });

  it("sees nothing where the folder is not there", () => {
    expect(parsePlace(runs(lookScript(join(folder, "none"))).output)?.archives.size).toBe(0);
  });

  it.each([
    "",
    "current 1\n",
    "current 1 2 3 4\nend\n",
    "something else\nend\n",
    "note 1 now perhaps\nend\n",
  ])("takes no answer that is not whole or of another form: %j", output => {
    expect(parsePlace(output)).toBeUndefined();
  });
});

describe("the switch of a place", () => {
  it("moves the links and notes what was begun, and may be said again", () => {
    version("1", "hash-of-1");
    version("2", "hash-of-2");
    symlinkSync("1", join(folder, "current"));
    expect(runs(switchedScript(to("2"))).ok).toBe(false);
    for (const _ of ["first", "again"]) expect(runs(switchScript(to("2")))).toEqual({ ok: true, output: "" });
    expect([readlinkSync(join(folder, "current")), readlinkSync(join(folder, "previous"))]).toEqual([
      "2",
      "1",
    ]);
    expect(readFileSync(join(folder, ".smc-release"), "utf8")).toBe(`2 ${at} begun\n`);
    expect(runs(switchedScript(to("2"))).ok).toBe(true);
    const note = { version: "2", at, state: "done" } as const;
    expect(runs(notedScript(folder, note)).ok).toBe(false);
    expect(runs(noteScript(folder, note)).ok).toBe(true);
    expect(runs(notedScript(folder, note)).ok).toBe(true);
  });

  it("leaves no way back where there is none to be", () => {
    version("1", "hash-of-1");
    symlinkSync("1", join(folder, "previous"));
    runs(switchScript(to("1", { previous: undefined })));
    expect(runs(["test", "-L", join(folder, "previous")]).ok).toBe(false);
  });

  it("touches nothing where the version is another than it was", () => {
    version("1", "hash-of-1");
    version("2", "something-else");
    symlinkSync("1", join(folder, "current"));
    expect(runs(switchScript(to("2")))).toMatchObject({
      ok: false,
      output: expect.stringContaining("another version"),
    });
    expect(readlinkSync(join(folder, "current"))).toBe("1");
  });
});

describe("whether a version is whole", () => {
  it("is a matter of every file, as it packs again to the archive that it came from", async () => {
    const source = join(folder, "source");
    mkdirSync(join(source, "lib"), { recursive: true });
    writeFileSync(join(source, "lib/program"), "text", { mode: 0o755 });
    symlinkSync("program", join(source, "lib/link"));
    const store = createArtefactStore(join(folder, "cache"));
    const { path, sha256 } = await store.archive({
      name: "hub",
      version: "1",
      source: { kind: "folder", path: source },
    });
    version("1", sha256);
    execFileSync("tar", ["-x", "-f", path, "-C", join(folder, "1")]);
    expect(runs(wholeScript(folder, "1", sha256))).toEqual({ ok: true, output: "" });
    writeFileSync(join(folder, "1/lib/program"), "texT");
    expect(runs(wholeScript(folder, "1", sha256))).toMatchObject({
      ok: false,
      output: expect.stringContaining("is not what was sent"),
    });
    writeFileSync(join(folder, "1/lib/program"), "text");
    writeFileSync(join(folder, "1/more"), "");
    expect(runs(wholeScript(folder, "1", sha256)).ok).toBe(false);
  });
});
