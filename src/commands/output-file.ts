import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Io } from "./model.ts";

/** A file that a verb writes because the operator named it. */
export interface OutputFile {
  /** As it was named. */
  file: string;
  /** What is in it, for messages, and in the code of the error. */
  what: "plan" | "ring";
}

/** Throws an OperatorError (exit 2), before any host is asked, where the file cannot be written as far as a look can tell. */
export async function requireWritable(
  { directory }: Pick<Io, "directory">,
  output: OutputFile,
): Promise<void> {
  const path = resolve(directory, output.file);
  const folder = dirname(path);
  const isFolder = (place: string): Promise<boolean> =>
    stat(place).then(
      found => found.isDirectory(),
      () => false,
    );
  if (await isFolder(path)) throw unwritable(output, { why: "it is a folder", exit: ExitCode.Usage });
  if (!(await isFolder(folder))) {
    throw unwritable(output, { why: `there is no folder ${folder}`, exit: ExitCode.Usage });
  }
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw unwritable(output, { why: `nothing can be written in ${folder}`, exit: ExitCode.Usage, cause });
  });
}

/** Writes the file whole or not at all. Throws an OperatorError (exit 1) when that cannot be. */
export async function writeOutput(
  { directory }: Pick<Io, "directory">,
  output: OutputFile & { text: string; mode?: number },
): Promise<void> {
  try {
    await writeFileAtomic(resolve(directory, output.file), output.text, { mode: output.mode });
  } catch (cause) {
    // Node also names the draft, of which nobody has heard.
    const why = (cause instanceof Error ? cause.message : String(cause)).replace(/, \w+( '.*)?$/s, "");
    throw unwritable(output, { why, exit: ExitCode.Failed, cause });
  }
}

function unwritable(
  { file, what }: OutputFile,
  { why, exit, cause }: { why: string; exit: ExitCode; cause?: unknown },
): OperatorError {
  return new OperatorError(`the ${what} cannot be written to ${file}: ${why}`, {
    code: `${what.toUpperCase()}_UNWRITABLE`,
    exit,
    hint: "name a file in a folder that is there and yours",
    cause,
  });
}
