import { execFile } from "node:child_process";
import { basename, dirname } from "node:path";
import { promisify } from "node:util";

/** Whether git has the file in its index. Where there is no git, no repository or no folder, nothing is tracked. */
export async function isTracked(path: string): Promise<boolean> {
  try {
    await promisify(execFile)("git", ["ls-files", "--error-unmatch", "--", basename(path)], {
      cwd: dirname(path),
      timeout: 10_000,
    });
    return true;
  } catch {
    return false;
  }
}
