import { createHash } from "node:crypto";
import { access, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { makeFolder } from "../../state/make-folder.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Milliseconds } from "../../base/units.ts";
import type { ArtefactRef } from "../../plan/model.ts";
import type { Archive, ArtefactStore } from "../artefacts.ts";
import { copyFromMaven } from "./maven.ts";
import { commitOf, unpackCommit, type GitSource } from "./git.ts";
import { describeArchive, packFolder } from "./pack.ts";
import { unpackTarball } from "./tarball.ts";

const WORK_PREFIX = ".work-";
/** Work folders of a smc that was killed are removed after a day: nothing takes that long. */
const LEFT_BEHIND_AFTER: Milliseconds = 24 * 3_600_000;

/**
 * The archives of artefacts on the controller, below `cache`. An archive is made in a folder of its own and renamed into
 * place, so a crash leaves no half of one, and two that make the same at once do no harm. What Maven coordinates, a commit or
 * a SHA-512 name cannot change, and is made once; a folder is packed anew in each run.
 */
export function createArtefactStore(cache: string): ArtefactStore {
  const made = new Map<string, Promise<Archive>>();
  return {
    archive(artefact) {
      const key = keyOf(artefact);
      const known = made.get(key);
      if (known !== undefined) return known;
      const archive = makeArchive(cache, artefact);
      made.set(key, archive);
      archive.catch(() => made.delete(key));
      return archive;
    },
  };
}

/** Where the store is: `$XDG_CACHE_HOME/smc/artefacts`, by default below `~/.cache`. */
export function artefactCache(env: Readonly<Record<string, string | undefined>>): string {
  const caches = env["XDG_CACHE_HOME"];
  const root = caches === undefined || caches === "" ? join(env["HOME"] ?? "/", ".cache") : caches;
  return join(root, "smc", "artefacts");
}

async function makeArchive(cache: string, artefact: ArtefactRef): Promise<Archive> {
  await makeFolder(cache);
  if (artefact.source.kind === "folder")
    return packInto(cache, artefact, await existing(artefact.source.path));
  if (artefact.source.kind === "archive") return pinned(artefact.source);
  if (artefact.source.kind === "git") return ofCommit(cache, artefact, artefact.source);
  return madeOnce(cache, artefact);
}

/** A branch moves on, a commit does not. */
async function ofCommit(cache: string, artefact: ArtefactRef, source: GitSource): Promise<Archive> {
  const ref = await commitOf(source);
  return madeOnce(cache, { ...artefact, source: { kind: "git", ...source, ref } });
}

/** The very archive that a release was made of; it is nowhere else. */
async function pinned({ path, sha256 }: { path: string; sha256: string }): Promise<Archive> {
  const archive = (await exists(path)) ? await describeArchive(path) : undefined;
  if (archive?.sha256 === sha256) return archive;
  throw new OperatorError(
    archive === undefined
      ? `the archive ${path} is not on this machine`
      : `the archive ${path} is another than it was`,
    {
      code: archive === undefined ? "ARTEFACT_MISSING" : "ARTEFACT_DIGEST",
      details: [
        `expected SHA-256 ${sha256}`,
        ...(archive === undefined ? [] : [`found           ${archive.sha256}`]),
      ],
      hint: "copy it from the machine that the release was made on, or make the release again",
    },
  );
}

async function madeOnce(cache: string, artefact: ArtefactRef): Promise<Archive> {
  const path = join(cache, `${artefact.name}-${artefact.version}-${keyOf(artefact).slice(0, 16)}.tar`);
  if (!(await exists(path))) await build(cache, artefact, path);
  return describeArchive(path);
}

async function build(cache: string, { source }: ArtefactRef, path: string): Promise<void> {
  await inWorkFolder(cache, async folder => {
    if (source.kind === "maven") await copyFromMaven(source.coordinates, folder);
    if (source.kind === "tarball") await unpackTarball(source, folder);
    if (source.kind === "git") await unpackCommit(source, folder);
    const packed = join(folder, "packed.tar");
    await packFolder(join(folder, "tree"), packed);
    await rename(packed, path);
  });
}

/** A folder's archive is named by its content. */
async function packInto(cache: string, artefact: ArtefactRef, source: string): Promise<Archive> {
  return inWorkFolder(cache, async folder => {
    const packed = join(folder, "packed.tar");
    await packFolder(source, packed);
    const archive = await describeArchive(packed);
    const path = join(cache, `${artefact.name}-${artefact.version}-${archive.sha256.slice(0, 16)}.tar`);
    await rename(packed, path);
    return { ...archive, path };
  });
}

async function inWorkFolder<T>(cache: string, work: (folder: string) => Promise<T>): Promise<T> {
  await removeLeftBehind(cache);
  const folder = await mkdtemp(join(cache, WORK_PREFIX));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function removeLeftBehind(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(WORK_PREFIX)) continue;
    const path = join(cache, name);
    const made = await stat(path).catch(() => undefined);
    if (made !== undefined && Date.now() - made.mtimeMs > LEFT_BEHIND_AFTER) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

async function existing(path: string): Promise<string> {
  const folder = resolve(path);
  if ((await stat(folder).catch(() => undefined))?.isDirectory() === true) return folder;
  throw new OperatorError(`the folder ${folder} is not there`, {
    code: "ARTEFACT_MISSING",
    hint: "source: {folder: PATH} names a folder of this machine",
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function keyOf({ name, version, source }: ArtefactRef): string {
  return createHash("sha256")
    .update(JSON.stringify([name, version, source]))
    .digest("hex");
}
