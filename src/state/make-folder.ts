import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";

/**
 * Makes a folder and those above it, where they are not there yet. Throws an OperatorError (exit 1) that names the one that
 * cannot be made. Node's own `recursive` asks for ever where a folder takes no folders, such as /proc (nodejs/node#31481).
 */
export async function makeFolder(path: string, { mode }: { mode?: number } = {}): Promise<void> {
  try {
    await makeBelow(path, mode);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OperatorError(`the folder ${path} cannot be made: ${why}`, {
      code: "FOLDER_UNMADE",
      exit: ExitCode.Failed,
      cause: error,
    });
  }
}

async function makeBelow(path: string, mode: number | undefined): Promise<void> {
  if (await isFolder(path)) return;
  const above = dirname(path);
  if (above !== path) await makeBelow(above, mode);
  try {
    await mkdir(path, { mode });
  } catch (error) {
    // Somebody else may have made it by now.
    if (!(await isFolder(path))) throw error;
  }
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    found => found.isDirectory(),
    () => false,
  );
}
