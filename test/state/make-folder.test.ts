import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeFolder } from "../../src/state/make-folder.ts";
import { smc } from "../helpers/smc.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

describe("makeFolder", () => {
  it("makes all that is missing, for its owner only, and leaves alone what is there", async () => {
    const path = join(await temporaryFolder(), "a/b/c");
    await makeFolder(path, { mode: 0o700 });
    await makeFolder(path);
    for (const each of [path, join(path, "..")]) expect((await stat(each)).mode & 0o777).toBe(0o700);
  });

  it("lets many make the same at once", async () => {
    const path = join(await temporaryFolder(), "a/b");
    await Promise.all(Array.from({ length: 20 }, () => makeFolder(path)));
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  it("says what is in its way", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "file"), "");
    await expect(makeFolder(join(folder, "file/below"))).rejects.toMatchObject({
      code: "FOLDER_UNMADE",
      message: expect.stringMatching(/EEXIST.*\/file'$/),
    });
  });

  it("ends where a folder takes no folders", async () => {
    await expect(makeFolder("/proc/none/below")).rejects.toMatchObject({ code: "FOLDER_UNMADE" });
  });
});

describe("a state folder that cannot be made", () => {
  it("is told as such, and nothing is done", async () => {
    const files = {
      "conf/services.yaml":
        "{ smc: 1, deployments: { here: { transport: local, machines: { h: { vpn: 127.0.0.1 } }, services: { nginx: { at: h } } } } }",
    };
    const { code, err } = await smc("start nginx --yes", { files, env: { SMC_STATE: "/proc/none" } });
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^error: the folder \/proc\/none\/here cannot be made: /m),
    ]);
  });
});
