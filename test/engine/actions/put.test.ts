import { chmod, mkdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeFolder, perform, removeFolder } from "../../helpers/work.ts";

let folder = "";
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(() => removeFolder(folder));

const secrets = { "cassandra/hub": "s3cret word" };
const put = (words: object = {}): ReturnType<typeof perform> =>
  perform(
    {
      kind: "put",
      path: join(folder, "hub.conf"),
      content: ["user=hub\npassword=", { secret: "cassandra/hub" }, "\n"],
      mode: 0o600,
      ...words,
    },
    { secrets },
  );

describe("put", () => {
  it("writes the file with its secrets filled in, then leaves it alone", async () => {
    const path = join(folder, "hub.conf");
    expect(await put()).toEqual({ kind: "changed" });
    expect(await readFile(path, "utf8")).toBe("user=hub\npassword=s3cret word\n");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await utimes(path, 1, 1);
    expect(await put()).toMatchObject({ kind: "unchanged" });
    expect((await stat(path)).mtimeMs).toBe(1000);
  });

  it("mends a changed content and a changed mode", async () => {
    await put();
    await writeFile(join(folder, "hub.conf"), "tampered");
    expect(await put()).toEqual({ kind: "changed" });
    await chmod(join(folder, "hub.conf"), 0o644);
    expect(await put()).toEqual({ kind: "changed" });
    expect((await stat(join(folder, "hub.conf"))).mode & 0o777).toBe(0o600);
  });

  it("ends with a file of another host as it is at that moment, and fails without it", async () => {
    const key = join(folder, "key.pub");
    const action = {
      kind: "put",
      path: join(folder, "hub.conf"),
      content: ["port = 1\n"],
      append: { host: "host2", path: key },
      mode: 0o644,
    } as const;
    const failed = await perform(action, { hosts: ["host2"] });
    expect(failed).toMatchObject({
      kind: "failed",
      reason: `${key} of host2 cannot be read: it is not there`,
    });
    await writeFile(key, "KEY\n");
    expect(await perform(action, { hosts: ["host2"] })).toEqual({ kind: "changed" });
    expect(await readFile(action.path, "utf8")).toBe("port = 1\nKEY\n");
    expect(await perform(action, { hosts: ["host2"] })).toMatchObject({ kind: "unchanged" });
  });

  it("replaces a link instead of writing through it", async () => {
    await writeFile(join(folder, "elsewhere"), "mine");
    await symlink(join(folder, "elsewhere"), join(folder, "hub.conf"));
    expect(await put()).toEqual({ kind: "changed" });
    expect(await readFile(join(folder, "elsewhere"), "utf8")).toBe("mine");
  });

  it("writes odd names and contents as they are", async () => {
    const path = join(folder, 'it\'s $(odd) "name"');
    const content = ["\\n '$HOME' `x` é\u0000\n\n"];
    expect(await put({ path, content })).toEqual({ kind: "changed" });
    expect(await readFile(path, "utf8")).toBe(content[0]);
    expect(await put({ path, content })).toMatchObject({ kind: "unchanged" });
  });

  it("says that a folder is in the way, that a folder is missing, that a secret is missing", async () => {
    await mkdir(join(folder, "hub.conf"));
    expect(await put()).toEqual({ kind: "failed", reason: `${folder}/hub.conf is a folder` });
    expect(await put({ path: join(folder, "no/hub.conf") })).toMatchObject({ kind: "failed" });
    const missing = await put({ content: [{ secret: "no/such" }] });
    expect(missing).toMatchObject({ kind: "failed", reason: "there is no secret no/such" });
  });
});

describe("run", () => {
  const run = (script: string, words: object = {}): ReturnType<typeof perform> =>
    perform({ kind: "run", argv: ["sh", "-c", script], ...words }, { secrets });

  it("gives stdin with secrets, environment and directory to the program", async () => {
    const result = await run('cat >got; echo "$A" >>got', {
      stdin: ["p=", { secret: "cassandra/hub" }],
      env: { A: "b c" },
      directory: folder,
    });
    expect(result).toEqual({ kind: "changed" });
    expect(await readFile(join(folder, "got"), "utf8")).toBe("p=s3cret wordb c\n");
  });

  it("reports exit code and output, without the secrets that the program prints", async () => {
    const result = await run("cat; echo broken >&2; exit 3", { stdin: [{ secret: "cassandra/hub" }] });
    expect(result).toEqual({
      kind: "failed",
      reason: "sh ended with exit code 3",
      output: "[secret]\nbroken",
    });
  });
});
