import { stat } from "node:fs/promises";
import { REPRODUCIBLE_TAR } from "../../base/reproducible-tar.ts";
import type { Archive } from "../artefacts.ts";
import { digestOf } from "./digest.ts";
import { runTool } from "./tool.ts";

/** Packs the content of a folder into a new archive at `path`. */
export async function packFolder(folder: string, path: string): Promise<void> {
  await runTool({
    argv: ["tar", "--create", ...REPRODUCIBLE_TAR, "--file", path, "--directory", folder, "."],
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
