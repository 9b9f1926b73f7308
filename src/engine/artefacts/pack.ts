import { stat } from "node:fs/promises";
import type { Archive } from "../artefacts.ts";
import { digestOf } from "./digest.ts";
import { runTool } from "./tool.ts";

/** The same tree always gives the same bytes: sorted, without times, owners and the umask of whoever made it. */
const REPRODUCIBLE = [
  "--format=gnu",
  "--sort=name",
  "--mtime=@0",
  "--owner=0",
  "--group=0",
  "--numeric-owner",
  "--mode=u+rwX,go+rX,go-w",
];

/** Packs the content of a folder into a new archive at `path`. */
export async function packFolder(folder: string, path: string): Promise<void> {
  await runTool({
    argv: ["tar", "--create", ...REPRODUCIBLE, "--file", path, "--directory", folder, "."],
    directory: folder,
    timeout: 10 * 60_000,
    purpose: `pack ${folder}`,
    whenMissing: "apt-get install tar",
  });
}

/** An archive with its digest and size. */
export async function describeArchive(path: string): Promise<Archive> {
  const [sha256, { size }] = await Promise.all([digestOf("sha256", path), stat(path)]);
  return { path, sha256, bytes: size };
}
