import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { artefactCache, createArtefactStore } from "../../../src/engine/artefacts/store.ts";
import type { ArtefactRef } from "../../../src/plan/model.ts";

let place = "";

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "smc-artefacts-"));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true, force: true });
});

describe("a folder as the source", () => {
  it("gives the same archive for the same content, whenever and by whomever it was made", async () => {
    const one = await store().archive(fromFolder(tree("one", { "lib/a.jar": "A", "bin/run": "R" })));
    const folder = tree("other", { "bin/run": "R", "lib/a.jar": "A" });
    chmodSync(join(folder, "lib/a.jar"), 0o666);
    utimesSync(join(folder, "bin/run"), 1000, 1000);
    const other = await store().archive(fromFolder(folder));
    expect(other).toEqual(one);
    expect(one.sha256).toBe(createHash("sha256").update(readFileSync(one.path)).digest("hex"));
    expect(listOf(one.path)).toEqual(["./", "./bin/", "./bin/run", "./lib/", "./lib/a.jar"]);
  });

  it("is packed anew when its content changed", async () => {
    const folder = tree("one", { "a.txt": "1" });
    const first = await store().archive(fromFolder(folder));
    writeFileSync(join(folder, "a.txt"), "2");
    const second = await store().archive(fromFolder(folder));
    expect(second.sha256).not.toBe(first.sha256);
    expect(second.path).not.toBe(first.path);
  });

  it("must be there", async () => {
    await expect(store().archive(fromFolder(join(place, "none")))).rejects.toThrow(/none is not there/);
  });
});

describe("a tarball as the source", () => {
  it("is unpacked without the folder that holds all the rest", async () => {
    const tarball = tarballOf(tree("apache-thing-1.0", { "lib/a.jar": "A" }), "apache-thing-1.0");
    const archive = await store().archive(fromTarball(tarball, digest(tarball)));
    expect(listOf(archive.path)).toEqual(["./", "./lib/", "./lib/a.jar"]);
  });

  it("keeps everything when there are several at the top", async () => {
    const tarball = tarballOf(tree("flat", { "lib/a.jar": "A", NOTICE: "N" }), ".");
    const archive = await store().archive(fromTarball(tarball, digest(tarball).toUpperCase()));
    expect(listOf(archive.path)).toContain("./NOTICE");
  });

  it("is refused when its content is not what was promised, and leaves nothing behind", async () => {
    const tarball = tarballOf(tree("thing", { a: "A" }), "thing");
    await expect(store().archive(fromTarball(tarball, "0".repeat(128)))).rejects.toMatchObject({
      code: "ARTEFACT_DIGEST",
      details: [`expected ${"0".repeat(128)}`, `found    ${digest(tarball)}`],
    });
    expect(readdirSync(cache())).toEqual([]);
  });

  it("tells that a file is no tarball, with the words of tar", async () => {
    const file = join(place, "broken.tar.gz");
    writeFileSync(file, "no archive");
    await expect(store().archive(fromTarball(file, digest(file)))).rejects.toMatchObject({
      code: "ARTEFACT_FAILED",
      details: expect.arrayContaining([expect.stringMatching(/tar/)]),
    });
  });

  it("must be there", async () => {
    const missing = fromTarball(join(place, "none.tar"), "0".repeat(128));
    await expect(store().archive(missing)).rejects.toMatchObject({ code: "ARTEFACT_MISSING" });
  });
});

describe("a clone of git as the source", () => {
  const git = (folder: string, ...words: string[]): string =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...words], {
      cwd: folder,
    }).toString();
  const fromGit = (path: string, ref: string, folder?: string): ArtefactRef => {
    const source = { kind: "git", path, ref, ...(folder === undefined ? {} : { folder }) } as const;
    return { name: "thing", version: "1", source };
  };
  const commit = (folder: string, file: string, text: string): void => {
    writeFileSync(join(folder, file), text);
    git(folder, "add", "-A");
    git(folder, "commit", "-q", "-m", text);
  };

  it("gives what a commit holds and nothing that is only in the folder, of a branch what it is now", async () => {
    const clone = tree("clone", { "hub/a.js": "one", "docs/b.txt": "B" });
    git(clone, "init", "-q", "-b", "main");
    commit(clone, "hub/c.js", "one");
    writeFileSync(join(clone, "hub/not-committed"), "");
    const one = await store().archive(fromGit(clone, "main", "hub"));
    expect(listOf(one.path)).toEqual(["./", "./a.js", "./c.js"]);
    expect(listOf((await store().archive(fromGit(clone, "main"))).path)).toContain("./docs/b.txt");
    commit(clone, "hub/c.js", "two");
    expect(contentOf((await store().archive(fromGit(clone, "main", "hub"))).path, "./c.js")).toBe("two");
    expect(await store().archive(fromGit(clone, "main~1", "hub"))).toEqual(one);
  });

  it("says which ref is not there, and takes no option for one", async () => {
    const clone = tree("clone", { a: "A" });
    git(clone, "init", "-q");
    commit(clone, "a", "B");
    await expect(store().archive(fromGit(clone, "v9"))).rejects.toThrow(
      /cannot find "v9" in the git repository/,
    );
    await expect(store().archive(fromGit(clone, "--all"))).rejects.toThrow(/cannot find "--all"/);
  });
});

describe("an archive as the source", () => {
  it("is the very file, or refused", async () => {
    const { path, sha256 } = await store().archive(fromFolder(tree("one", { a: "A" })));
    const pinned: ArtefactRef = { name: "thing", version: "2", source: { kind: "archive", path, sha256 } };
    expect(await store().archive(pinned)).toMatchObject({ path, sha256 });
    writeFileSync(path, "something else");
    await expect(store().archive(pinned)).rejects.toMatchObject({ code: "ARTEFACT_DIGEST" });
    rmSync(path);
    await expect(store().archive(pinned)).rejects.toMatchObject({ code: "ARTEFACT_MISSING" });
  });
});

describe("Maven as the source", () => {
  it("asks Maven once, for the jars to run with, and keeps what it gave", async () => {
    fakeMaven(
      'for word; do case $word in -DoutputDirectory=*) mkdir -p "${word#*=}"; cp pom.xml "${word#*=}/a.jar";; esac; done; echo "$@" >> "$CALLS"',
    );
    const one = await store().archive(fromMaven("org.example:thing:1.2"));
    const again = await store().archive(fromMaven("org.example:thing:1.2"));
    expect(again).toEqual(one);
    expect(readFileSync(calls(), "utf8").trim().split("\n")).toEqual([
      expect.stringMatching(/dependency:copy-dependencies -DincludeScope=runtime/),
    ]);
    expect(listOf(one.path)).toEqual(["./", "./lib/", "./lib/a.jar"]);
    expect(contentOf(one.path, "./lib/a.jar")).toContain(
      "<groupId>org.example</groupId><artifactId>thing</artifactId><version>1.2</version>",
    );
  });

  it("makes one archive for all who ask for it at the same time", async () => {
    fakeMaven(
      'for word; do case $word in -DoutputDirectory=*) mkdir -p "${word#*=}";; esac; done; echo called >> "$CALLS"',
    );
    const shared = store();
    await Promise.all(Array.from({ length: 5 }, () => shared.archive(fromMaven("g:a:1"))));
    expect(readFileSync(calls(), "utf8")).toBe("called\n");
  });

  it("says what to install when there is no Maven", async () => {
    vi.stubEnv("PATH", place);
    await expect(store().archive(fromMaven("g:a:1"))).rejects.toMatchObject({
      code: "TOOL_MISSING",
      hint: expect.stringContaining("apt-get install maven"),
    });
  });

  it("shows the end of Maven's own words when it fails, and asks it again the next time", async () => {
    fakeMaven('printf "\\033[31m[ERROR] no such artefact\\033[m\\n"; exit 1');
    const failing = store();
    await expect(failing.archive(fromMaven("g:a:1"))).rejects.toMatchObject({
      code: "ARTEFACT_FAILED",
      message: "cannot get g:a:1 from Maven: mvn failed with 1",
      details: ["[ERROR] no such artefact"],
    });
    fakeMaven('for word; do case $word in -DoutputDirectory=*) mkdir -p "${word#*=}";; esac; done');
    await expect(failing.archive(fromMaven("g:a:1"))).resolves.toHaveProperty("sha256");
  });

  it("lets nothing but coordinates into the project", async () => {
    await expect(store().archive(fromMaven("g:a:1</version><x>"))).rejects.toMatchObject({
      code: "ARTEFACT_SOURCE",
    });
  });
});

describe("the cache", () => {
  it("loses the work folders of a smc that was killed, but not those of one that runs", async () => {
    const old = join(cache(), ".work-old");
    const young = join(cache(), ".work-young");
    mkdirSync(old, { recursive: true });
    mkdirSync(young);
    utimesSync(old, 1000, 1000);
    await store().archive(fromFolder(tree("one", { a: "A" })));
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
  });

  it("is where the user keeps caches", () => {
    expect(artefactCache({ HOME: "/home/ada" })).toBe("/home/ada/.cache/smc/artefacts");
    expect(artefactCache({ HOME: "/home/ada", XDG_CACHE_HOME: "/cache" })).toBe("/cache/smc/artefacts");
  });
});

function store(): ReturnType<typeof createArtefactStore> {
  return createArtefactStore(cache());
}

function cache(): string {
  return join(place, "cache");
}

function calls(): string {
  return join(place, "calls");
}

function fromFolder(path: string): ArtefactRef {
  return { name: "thing", version: "1.0", source: { kind: "folder", path } };
}

function fromTarball(path: string, sha512: string): ArtefactRef {
  return { name: "thing", version: "1.0", source: { kind: "tarball", path, sha512 } };
}

function fromMaven(coordinates: string): ArtefactRef {
  return { name: "thing", version: "1.0", source: { kind: "maven", coordinates } };
}

/** A folder with these files. */
function tree(name: string, files: Readonly<Record<string, string>>): string {
  const root = join(place, name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

function tarballOf(folder: string, top: string): string {
  const path = `${folder}.tar.gz`;
  const words = top === "." ? ["-C", folder, "lib", "NOTICE"] : ["-C", place, top];
  execFileSync("tar", ["-czf", path, ...words]);
  return path;
}

function digest(path: string): string {
  return createHash("sha512").update(readFileSync(path)).digest("hex");
}

function listOf(archive: string): string[] {
  return execFileSync("tar", ["-tf", archive], { encoding: "utf8" }).trim().split("\n");
}

function contentOf(archive: string, path: string): string {
  return execFileSync("tar", ["-xOf", archive, path], { encoding: "utf8" });
}

/** Puts a script in the place of Maven. */
function fakeMaven(script: string): void {
  const folder = join(place, "bin");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "mvn"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"] ?? ""}`);
  vi.stubEnv("CALLS", calls());
}
