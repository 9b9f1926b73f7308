import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dataStateCommand, parseDataState } from "../../../src/cassandra/grow/data-folder.ts";

const LOCAL = "data/system/local-7ad54392bcdd35a684174e047860b377";
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "smc-data-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function look(): string {
  const [program = "", ...words] = dataStateCommand(join(folder, "data"), "our site");
  return parseDataState(execFileSync(program, words, { encoding: "utf8" }));
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

describe("the state of a data folder", () => {
  it("is empty where nothing is, not even a commit log", async () => {
    expect(look()).toBe("empty");
    await mkdir(join(folder, "data"));
    expect(look()).toBe("empty");
    await write("commitlog/CommitLog-8-1.log", "x");
    expect(look()).toBe("foreign");
  });

  it.each([
    ["begun", "\u0000our site\u0000IN_PROGRESS"],
    ["foreign", "\u0000their site\u0000IN_PROGRESS"],
    ["joined", "\u0000their site\u0000COMPLETED"],
  ])("is %s by what the node noted of itself", async (state, text) => {
    await write(`${LOCAL}/oa-1-big-Data.db`, text);
    expect(look()).toBe(state);
  });

  it("is that of a node that left, though an older file says that it had joined", async () => {
    await write(`${LOCAL}/oa-1-big-Data.db`, "our site COMPLETED");
    await write(`${LOCAL}/oa-2-big-Data.db`, "DECOMMISSIONED");
    expect(look()).toBe("decommissioned");
  });

  it("is begun before the node has noted anything, and foreign where no node ran", async () => {
    await mkdir(join(folder, LOCAL), { recursive: true });
    expect(look()).toBe("begun");
    await rm(join(folder, "data"), { recursive: true });
    await write("data/holiday.jpg", "x");
    expect(look()).toBe("foreign");
  });

  it("is nothing that a command does not say", () => {
    expect(() => parseDataState("maybe")).toThrow('was answered with "maybe"');
  });
});
