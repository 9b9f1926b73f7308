import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { ExitCode } from "../../base/exit-code.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Io } from "../model.ts";

/** Writes down what was released. Throws an OperatorError (exit 1): the release itself is there by then. */
export async function writeReleaseFile(io: Io, output: string, file: object): Promise<void> {
  try {
    await writeFileAtomic(resolve(io.directory, output), `${JSON.stringify(file, null, 2)}\n`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(`the release is there, and cannot be written down: ${why}`, {
      code: "RELEASE_UNWRITABLE",
      exit: ExitCode.Failed,
      hint: "give the same command again with another --out: it finds everything as it is, and asks the smoke tests",
      cause,
    });
  }
}

/** The content of such a file. Throws an OperatorError (exit 2) where it cannot be read. */
export async function readReleaseFile(io: Io, path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(resolve(io.directory, path), "utf8"));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(`the release cannot be read: ${why}`, {
      code: "RELEASE_UNREADABLE",
      hint: `smc -d TEST release … --out ${path}  writes one`,
      cause,
    });
  }
}
