import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { OperatorError } from "../../base/operator-error.ts";
import { readTool, runTool } from "./tool.ts";

/** A commit of a clone on this machine. */
export interface GitSource {
  path: string;
  ref: string;
  /** Only what is below it. */
  folder?: string;
}

const TIMEOUT = 5 * 60_000;
const WHEN_MISSING = "apt-get install git";

/** The commit that a branch, a tag or an abbreviation names, 40 hexadecimal digits. Throws an OperatorError where there is none. */
export async function commitOf({ path, ref }: GitSource): Promise<string> {
  // Options end here: a ref that begins with "-" is none.
  const argv = ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`] as const;
  const words = { directory: path, timeout: TIMEOUT, whenMissing: WHEN_MISSING };
  const output = await readTool({ ...words, argv, purpose: `find "${ref}" in the git repository ${path}` });
  const commit = output.trim();
  if (/^[0-9a-f]{40,64}$/.test(commit)) return commit;
  throw new OperatorError(`git names no commit for "${ref}" in ${path}`, { code: "ARTEFACT_FAILED" });
}

/** Puts what a commit holds into `folder/tree`, as `git archive` gives it: what is ignored or not committed is not in it. */
export async function unpackCommit({ path, ref, folder: below }: GitSource, folder: string): Promise<void> {
  const packed = join(folder, "commit.tar");
  const tree = join(folder, "tree");
  const words = { timeout: TIMEOUT, purpose: `take ${ref} out of ${path}` };
  await runTool({
    ...words,
    argv: [
      "git",
      "archive",
      "--format=tar",
      `--output=${packed}`,
      below === undefined ? ref : `${ref}:${below}`,
    ],
    directory: path,
    whenMissing: WHEN_MISSING,
  });
  await mkdir(tree);
  await runTool({
    ...words,
    argv: ["tar", "--extract", "--no-same-owner", "--file", packed, "--directory", tree],
    directory: folder,
    whenMissing: "apt-get install tar",
  });
}
