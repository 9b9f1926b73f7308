import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SecretFiles } from "../../src/state/secret-files.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "smc-secrets-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("SecretFiles", () => {
  it("makes up a long password that only its owner can read, once", async () => {
    const secrets = new SecretFiles(join(folder, "cloud"));
    expect(await secrets.generate("cassandra/hub")).toBe(true);
    const first = (await secrets.get("cassandra/hub"))?.reveal();
    expect(first).toMatch(/^[A-Za-z0-9]{24}$/);
    expect((await stat(secrets.path("cassandra/hub"))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "cloud/cassandra"))).mode & 0o077).toBe(0);
    expect(await secrets.generate("cassandra/hub")).toBe(false);
    expect((await secrets.get("cassandra/hub"))?.reveal()).toBe(first);
  });

  it("gives the values of all, also of one that others can read, to be kept out of what is told", async () => {
    const secrets = new SecretFiles(folder);
    expect(await new SecretFiles(join(folder, "nowhere")).all()).toEqual([]);
    await secrets.generate("one");
    await writeFile(join(folder, "loose"), "hunter22\n", { mode: 0o644 });
    const values = (await secrets.all()).map(secret => secret.reveal());
    expect(values).toEqual(["hunter22", (await secrets.get("one"))?.reveal()]);
  });

  it("makes a different one each time", async () => {
    const secrets = new SecretFiles(folder);
    const names = Array.from({ length: 20 }, (_, index) => `p${index}`);
    await Promise.all(names.map(name => secrets.generate(name)));
    const values = await Promise.all(names.map(async name => (await secrets.get(name))?.reveal()));
    expect(new Set(values).size).toBe(20);
    expect(await secrets.list()).toEqual([...names].sort());
  });

  it("refuses a file that others can read", async () => {
    const path = join(folder, "password");
    await writeFile(path, "x\n");
    await chmod(path, 0o640);
    await expect(new SecretFiles(folder).get("password")).rejects.toThrow("can be read by others (mode 640)");
  });

  it("has nothing where there is nothing", async () => {
    const secrets = new SecretFiles(join(folder, "none"));
    expect(await secrets.get("a")).toBeUndefined();
    expect(await secrets.list()).toEqual([]);
  });

  it("stays inside its folder", () => {
    expect(() => new SecretFiles(folder).path("../other/password")).toThrow("would be outside");
  });

  it("keeps every character of a secret but the last line end", async () => {
    const path = join(folder, "key");
    await writeFile(path, " two\nlines \n", { mode: 0o600 });
    expect((await new SecretFiles(folder).get("key"))?.reveal()).toBe(" two\nlines ");
  });
});
