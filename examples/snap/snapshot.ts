import { createWriteStream } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

const NAME_PATTERN = /^snap-\d{4}-\d\d-\d\dT\d{6}Z\.jsonl\.gz$/;

/** The file name of a snapshot; the names sort as their times do. */
export function snapshotName(at: Date): string {
  return `snap-${at.toISOString().slice(0, 19).replaceAll(":", "")}Z.jsonl.gz`;
}

/** The snapshots to delete so that the newest `keep` stay. Files with other names are nobody's business here. */
export function outdated(names: readonly string[], keep: number): string[] {
  const snapshots = names.filter(name => NAME_PATTERN.test(name)).sort();
  return snapshots.slice(0, Math.max(0, snapshots.length - keep));
}

/**
 * Writes the lines into `folder` as one gzip file and gives its name. The file gets its name only once all of it is on
 * the disk, so whatever is there under a snapshot's name is whole.
 */
export async function writeSnapshot(folder: string, at: Date, lines: Iterable<string>): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o750 });
  const name = snapshotName(at);
  const unfinished = join(folder, `.${name}.${process.pid}`);
  try {
    await pipeline(
      Readable.from(withNewlines(lines)),
      createGzip(),
      createWriteStream(unfinished, { mode: 0o640 }),
    );
    await flushToDisk(unfinished);
    await rename(unfinished, join(folder, name));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  return name;
}

/** Deletes all but the newest `keep` snapshots. */
export async function prune(folder: string, keep: number): Promise<void> {
  for (const name of outdated(await readdir(folder), keep)) await rm(join(folder, name), { force: true });
}

function* withNewlines(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}

async function flushToDisk(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
