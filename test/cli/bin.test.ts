import { execFile } from "node:child_process";
import { chmod, cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const run = promisify(execFile);
const bin = resolve("bin/smc");

interface Ended {
  code: number;
  out: string;
  err: string;
}

async function execute(file: string, words: readonly string[], options: object = {}): Promise<Ended> {
  try {
    const { stdout, stderr } = await run(file, [...words], { encoding: "utf8", ...options });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

/** A `node` that says how it was called and claims to be of that version when it runs bin/smc. */
async function fakeNode(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "node");
  await writeFile(file, '#!/bin/sh\necho "fake node: $*"\n');
  await chmod(file, 0o755);
  return folder;
}

describe("bin/smc", () => {
  it("runs through a symbolic link, from another directory", async () => {
    const folder = await temporaryFolder();
    await symlink(bin, join(folder, "smc"));
    const { code, out, err } = await execute(join(folder, "smc"), ["--version"], { cwd: folder });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("fails where its output cannot be written, and says why", async () => {
    const to = (redirection: string) => execute("sh", ["-c", `exec "$1" help ${redirection}`, "sh", bin]);
    expect(await to("> /dev/full")).toEqual({
      code: 1,
      out: "",
      err: "error: the output cannot be written: no space is left\n",
    });
    expect((await to("> /dev/full 2> /dev/full")).code).toBe(1);
    expect(await to("| head -1")).toMatchObject({ code: 0, err: "" });
  });

  it("runs on the Node of the checkout, whatever is on PATH", async () => {
    const folder = await fakeNode(await temporaryFolder());
    await symlink(bin, join(folder, "smc"));
    const env = { PATH: `${folder}:/usr/bin:/bin` };
    for (const file of [bin, join(folder, "smc")]) {
      const { code, out } = await execute(file, ["--version"], { env });
      expect(code).toBe(0);
      expect(out).not.toContain("fake node");
    }
  });

  it("runs on the Node on PATH where the checkout has none, with the words as they were given", async () => {
    const folder = await temporaryFolder();
    await cp(bin, join(folder, "package/bin/smc"));
    await fakeNode(join(folder, "path"));
    const { out } = await execute(join(folder, "package/bin/smc"), ["run", "--", "a b", "*"], {
      env: { PATH: `${join(folder, "path")}:/usr/bin:/bin` },
    });
    expect(out).toBe(`fake node: ${join(folder, "package/bin/smc")} run -- a b *\n`);
  });

  it("runs as an argument of node too", async () => {
    const { code } = await execute(process.execPath, [bin, "--version"]);
    expect(code).toBe(0);
  });

  it("refuses an old Node in one sentence, exit 2", async () => {
    const folder = await temporaryFolder();
    const preload = join(folder, "old.cjs");
    await writeFile(preload, 'Object.defineProperty(process.versions, "node", { value: "22.17.1" });');
    const { code, out, err } = await execute(process.execPath, ["-r", preload, bin, "--version"]);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toMatch(/^error: smc needs Node 22\.18 or newer/);
  });

  it("gives the exit code of main", async () => {
    const { code, err } = await execute(bin, ["--no-such-option"]);
    expect(code).toBe(2);
    expect(err).toContain("unknown option '--no-such-option'");
  });

  it("says nothing when the reader of its output goes away", async () => {
    const { err, out } = await execute("/bin/sh", ["-c", `"${bin}" --help | true; echo end`]);
    expect({ err, out }).toEqual({ err: "", out: "end\n" });
  });

  it("keeps compiled code in the home directory, where nobody else can write", async () => {
    const folder = await temporaryFolder();
    await execute(bin, ["--version"], { env: { PATH: "/usr/bin:/bin", HOME: folder, TMPDIR: folder } });
    const { stdout } = await run("ls", ["-A", folder]);
    expect(stdout).toBe(".cache\n");
  });
});

describe("smc --help", () => {
  it("loads no work of any verb and none of the heavy libraries", async () => {
    const folder = await temporaryFolder();
    const preload = join(folder, "record.mjs");
    await writeFile(
      preload,
      `import { registerHooks } from "node:module";
       registerHooks({ load(url, context, next) { process.stderr.write(url + "\\n"); return next(url, context); } });`,
    );
    const { err } = await execute(process.execPath, ["--import", preload, bin, "--help"]);
    const loaded = err.trim().split("\n");
    expect(loaded.some(url => url.endsWith("src/cli/main.ts"))).toBe(true);
    expect(loaded.filter(url => /\/src\/(?!cli|base)/.test(url))).toEqual([]);
    const packages = loaded.flatMap(url => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
    expect([...new Set(packages)].sort()).toEqual(["commander", "ms"]);
  });
});
