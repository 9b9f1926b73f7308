import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { hasCode } from "../base/error-code.ts";
import type { DeploymentName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import { openJsonLines, readJsonLines } from "./json-lines.ts";

const text = v.string();
const token = v.pipe(text, v.regex(/^-?\d+$/, "must be decimal digits"));
const time = v.pipe(text, v.isoTimestamp("must be an ISO 8601 time"));

const entrySchema = v.object({
  version: v.literal(1, "is not a version of the ledger that this smc knows"),
  keyspace: text,
  /** All tables of the keyspace when there are none. */
  tables: v.array(text),
  /** `(after, upTo]` each, tokens in decimal digits. */
  ranges: v.array(v.object({ after: token, upTo: token })),
  /** The hosts that took part. */
  replicas: v.array(text),
  /** Only the replicas in these were compared; all of them when there are none. */
  dataCentres: v.array(text),
  mode: v.picklist(["full", "incremental"]),
  /** What was written after the start may not be in it. ISO 8601, UTC. */
  start: time,
  end: time,
  run: text,
});

/** Ranges that were repaired, for certain, and when. */
export type LedgerEntry = v.InferOutput<typeof entrySchema>;

/** What a job knows of itself; the ledger adds the rest. */
export type RepairedJob = Omit<LedgerEntry, "version" | "run">;

/** What has been repaired, and when: an append-only file of JSON lines, one for each command that was proven to have succeeded. */
export interface RepairLedger {
  /** Resolves when the line is on disk. */
  record(job: RepairedJob): Promise<void>;
  /** Oldest first; empty where nothing was repaired yet. Throws an OperatorError for a file that smc did not write. */
  entries(): Promise<LedgerEntry[]>;
}

/** The ledger of a deployment, written by a run. */
export function repairLedger(words: {
  stateDirectory: string;
  deployment: DeploymentName;
  run: string;
}): RepairLedger {
  const path = join(words.stateDirectory, words.deployment, "repairs.jsonl");
  return {
    record: async job => {
      const lines = await openJsonLines(path);
      try {
        await lines.append({ version: 1, ...job, run: words.run } satisfies LedgerEntry);
      } finally {
        await lines.close();
      }
    },
    entries: async () => ((await isThere(path)) ? readEntries(path) : []),
  };
}

async function readEntries(path: string): Promise<LedgerEntry[]> {
  const { values } = await readJsonLines(path);
  return values.map((value, index) => {
    const result = v.safeParse(entrySchema, value);
    if (result.success) return result.output;
    const [issue] = result.issues;
    throw new OperatorError(`${path}: entry ${index + 1} is not what smc writes`, {
      code: "LEDGER_DAMAGED",
      details: [`${v.getDotPath(issue) ?? "entry"}: ${issue.message}`],
      hint: "without the ledger nobody knows what was repaired: mend the line, or put the file aside and repair again",
    });
  });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await readFile(path);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}
