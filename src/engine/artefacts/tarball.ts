import { mkdir, readdir, rename, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { OperatorError } from "../../base/operator-error.ts";
import { digestOf } from "./digest.ts";
import { runTool } from "./tool.ts";

/**
 * Unpacks a tarball into `folder/tree` when its content is what the services file promises. A folder that holds
 * all the rest, as projects pack it (`apache-cassandra-5.0.6/`), is left away. Throws an OperatorError otherwise.
 */
export async function unpackTarball(source: { path: string; sha512: string }, folder: string): Promise<void> {
  const path = resolve(source.path);
  await checkDigest(path, source.sha512);
  const unpacked = join(folder, "unpacked");
  await mkdir(unpacked);
  await runTool({
    argv: ["tar", "--extract", "--no-same-owner", "--file", path, "--directory", unpacked],
    directory: folder,
    timeout: 10 * 60_000,
    purpose: `unpack ${path}`,
    whenMissing: "apt-get install tar",
  });
  await rename(await contentOf(unpacked), join(folder, "tree"));
}

async function checkDigest(path: string, expected: string): Promise<void> {
  if ((await stat(path).catch(() => undefined))?.isFile() !== true) {
    throw new OperatorError(`the tarball ${path} is not there`, {
      code: "ARTEFACT_MISSING",
      hint: "source: {tarball: PATH} names a file of this machine",
    });
  }
  const found = await digestOf("sha512", path);
  if (found === expected.toLowerCase()) return;
  throw new OperatorError(`${path} is not the tarball that the services file means: its SHA-512 differs`, {
    code: "ARTEFACT_DIGEST",
    details: [`expected ${expected}`, `found    ${found}`],
    hint: "get it again, and compare with the digest that the project publishes",
  });
}

async function contentOf(unpacked: string): Promise<string> {
  const entries = await readdir(unpacked, { withFileTypes: true });
  const [only] = entries;
  return entries.length === 1 && only?.isDirectory() === true ? join(unpacked, only.name) : unpacked;
}
