import { appendFile, type FileHandle, mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openJsonLines, readJsonLines } from "../../src/state/json-lines.ts";
import { isRunId, newRunId } from "../../src/state/run-id.ts";
import { stateDirectory } from "../../src/state/state-directory.ts";

let path = "";
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), "smc-lines-")), "runs/journal.jsonl");
});
afterEach(() => rm(join(path, "../.."), { recursive: true, force: true }));

describe("a file of JSON lines", () => {
  it("gives back what was appended, in order, to its owner only", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), async values => {
        await rm(path, { force: true });
        const writer = await openJsonLines(path);
        await Promise.all(values.map(value => writer.append(value)));
        await writer.close();
        const plain: unknown = JSON.parse(JSON.stringify(values));
        expect(await readJsonLines(path)).toEqual({ values: plain, torn: false });
      }),
      { numRuns: 30 },
    );
    expect((await stat(path)).mode & 0o077).toBe(0);
  });

  it("bears a line that a crash cut off, and goes on after it", async () => {
    const first = await openJsonLines(path);
    await first.append({ step: 1 });
    await first.close();
    await appendFile(path, '{"step": 2, "outc');
    expect(await readJsonLines(path)).toEqual({ values: [{ step: 1 }], torn: true });
    const second = await openJsonLines(path);
    await second.append({ step: 3 });
    await second.close();
    expect(await readJsonLines(path)).toEqual({ values: [{ step: 1 }, { step: 3 }], torn: true });
    expect((await readFile(path, "utf8")).split("\n")).toHaveLength(4);
  });

  it("does not take a damaged file for a torn one", async () => {
    const writer = await openJsonLines(path);
    await writer.append(1);
    await writer.close();
    await appendFile(path, "not\njson\n");
    await expect(readJsonLines(path)).rejects.toThrow("more than one line in a row is not JSON");
  });

  it("rejects what cannot be written, and the later ones too", async () => {
    const writer = await openJsonLines("/dev/full");
    await expect(writer.append(1)).rejects.toMatchObject({ code: "JOURNAL_UNWRITABLE", exit: 1 });
    await expect(writer.append(2)).rejects.toThrow("/dev/full cannot be written: ENOSPC");
    await writer.close();
  });

  it("leaves no part of a line that could not be written whole", async () => {
    const writer = await openJsonLines(path);
    await writer.append({ step: 1 });
    const probe = await open(path);
    const handles = Object.getPrototypeOf(probe) as FileHandle;
    await probe.close();
    vi.spyOn(handles, "appendFile").mockImplementationOnce(async function (this: FileHandle) {
      await this.write('{"ste');
      throw new Error("ENOSPC: no space left on device");
    });
    await expect(writer.append({ step: 2 })).rejects.toMatchObject({ code: "JOURNAL_UNWRITABLE" });
    vi.restoreAllMocks();
    await writer.append({ step: 3 });
    await writer.close();
    expect(await readJsonLines(path)).toEqual({ values: [{ step: 1 }, { step: 3 }], torn: false });
  });

  it("goes on wherever a crash cut the file", async () => {
    const writer = await openJsonLines(path);
    await Promise.all([{ first: "é" }, { second: 2 }].map(value => writer.append(value)));
    await writer.close();
    const whole = await readFile(path);
    for (let length = 0; length < whole.length; length += 1) {
      await writeFile(path, whole.subarray(0, length));
      const { values } = await readJsonLines(path);
      const next = await openJsonLines(path);
      await next.append("next");
      await next.close();
      expect((await readJsonLines(path)).values).toEqual([...values, "next"]);
    }
  });

  it("says which file cannot be read", async () => {
    await expect(readJsonLines("/nowhere/x.jsonl")).rejects.toThrow("cannot read /nowhere/x.jsonl");
  });
});

describe("newRunId", () => {
  it("is in time order, and known again", () => {
    const [early, late] = [
      newRunId(new Date("2026-11-24T03:15:00Z")),
      newRunId(new Date("2026-11-24T03:15:01Z")),
    ];
    expect(early).toMatch(/^20261124T031500-[0-9a-f]{4}$/);
    expect(early < late).toBe(true);
    expect(isRunId(early)).toBe(true);
    expect(isRunId("start")).toBe(false);
  });
});

describe("stateDirectory", () => {
  it.each([
    [{ SMC_STATE: "/s", XDG_STATE_HOME: "/x", HOME: "/h" }, "/s"],
    [{ SMC_STATE: "", XDG_STATE_HOME: "/x", HOME: "/h" }, "/x/smc"],
    [{ HOME: "/h" }, "/h/.local/state/smc"],
  ])("%o is %s", (env, expected) => {
    expect(stateDirectory(env)).toBe(expected);
  });
});
