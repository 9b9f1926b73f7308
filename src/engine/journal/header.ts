import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import type { DeploymentName } from "../../base/names.ts";
import type { RunId } from "../../state/run-id.ts";

export const headerSchema = v.object({
  type: v.literal("journal"),
  version: v.literal(1),
  run: v.string(),
  deployment: v.string(),
  command: v.array(v.string()),
  user: v.string(),
  host: v.string(),
  /** Where the secrets of the deployment are on that machine, so that a resumed run finds them from any folder. */
  secretsFolder: v.string(),
  /** Milliseconds since the epoch. */
  at: v.number(),
});

/** The first record of a journal: who asked for what, and where. */
export type JournalHeader = v.InferOutput<typeof headerSchema>;

/** The header of a run that this process begins now. */
export function createHeader(
  words: Pick<JournalHeader, "run" | "deployment" | "secretsFolder"> & { command: readonly string[] },
): JournalHeader {
  return {
    ...words,
    type: "journal",
    version: 1,
    command: [...words.command],
    user: userInfo().username,
    host: hostname(),
    at: Date.now(),
  };
}

/** Where the journal of a run is. */
export function journalPath(
  stateDirectory: string,
  { deployment, run }: { deployment: DeploymentName; run: RunId },
): string {
  return join(runsFolder(stateDirectory, deployment), `${run}.jsonl`);
}

/** The folder of all journals of a deployment. */
export function runsFolder(stateDirectory: string, deployment: DeploymentName): string {
  return join(stateDirectory, deployment, "runs");
}
