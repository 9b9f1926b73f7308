import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cassandra } from "../../../src/services/cassandra/cassandra.ts";
import { nodeContext, textOf } from "../../helpers/cassandra-node.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

/** The verdicts of the guards of a node with these settings, over the files that other settings left; absent: no files. */
async function verdicts(
  wanted: Readonly<Record<string, unknown>>,
  left?: Readonly<Record<string, unknown>>,
): Promise<Record<string, string>> {
  const folder = await temporaryFolder();
  const contextOf = (settings: Readonly<Record<string, unknown>>) => {
    const context = nodeContext(settings, { transport: "local" });
    return { ...context, folders: { ...context.folders, config: join(folder, "config") } };
  };
  await mkdir(join(folder, "config"));
  for (const { path, content } of left === undefined ? [] : cassandra.render(contextOf(left)).files)
    await writeFile(path, textOf(content));
  const guards = cassandra.render(contextOf(wanted)).guards ?? [];
  const answers = guards.map(({ name, argv: [program = "", ...words] }) => {
    const { status, stdout } = spawnSync(program, words, { encoding: "utf8" });
    return [name, status === 0 ? "may" : stdout.trim()];
  });
  return Object.fromEntries(answers) as Record<string, string>;
}

const mode = (storage: string | undefined) => ({
  version: "5.0.6",
  config: storage === undefined ? {} : { storage_compatibility_mode: storage },
});

describe("the guards of a node", () => {
  it("let a new node and one of the same release start", async () => {
    expect(await verdicts({ version: "5.0.6" })).toEqual({
      release: "may",
      whole: "may",
      "storage mode": "may",
    });
    expect(await verdicts({ version: "4.1.10" }, { version: "4.1.10" })).toEqual({
      release: "may",
      whole: "may",
    });
  });

  it.each([
    ["4.1.10", "5.0.6"],
    ["5.0.6", "5.0.4"],
    ["5.0.4", "5.0.6"],
  ])("keep a node that ran %s from %s", async (ran, wanted) => {
    const { release } = await verdicts({ version: wanted }, { version: ran });
    expect(release).toContain(`ran ${ran} and the services file says ${wanted}`);
  });

  it.each([
    [undefined, undefined, true],
    [undefined, "CASSANDRA_4", true],
    [undefined, "UPGRADING", true],
    ["UPGRADING", "NONE", true],
    ["NONE", "NONE", true],
    [undefined, "NONE", false],
    ["UPGRADING", undefined, false],
    ["NONE", "CASSANDRA_4", false],
    ["NONE", "UPGRADING", false],
  ])("with %s in its file and %s wanted, may it start: %s", async (ran, wanted, may) => {
    const { "storage mode": verdict } = await verdicts(mode(wanted), mode(ran));
    expect(verdict === "may").toBe(may);
  });
});
