import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FILLED_FOLDERS } from "../../src/machines/root-disk.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { attempt } from "../lab/harness/command.ts";

describe("folders that go with a root disk", () => {
  it("are named where something is in them, or where nobody can say", async () => {
    const folder = await temporaryFolder();
    for (const name of ["empty", "full", "bin"]) await mkdir(join(folder, name));
    await writeFile(join(folder, "full/file"), "");
    const look = (path: string) =>
      attempt([
        "env",
        `PATH=${path}`,
        "sh",
        "-c",
        FILLED_FOLDERS,
        "sh",
        ...["empty", "full", "none"].map(name => join(folder, name)),
      ]);
    const path = process.env["PATH"] ?? "";
    expect(await look(path)).toMatchObject({ code: 0, stdout: `${join(folder, "full")}\n` });
    await writeFile(join(folder, "bin/find"), "#!/bin/sh\nexit 1\n");
    await chmod(join(folder, "bin/find"), 0o755);
    const unreadable = await look(`${join(folder, "bin")}:${path}`);
    expect(unreadable.stdout).toBe(`${join(folder, "empty")}\n${join(folder, "full")}\n`);
  });
});
