import { randomBytes } from "node:crypto";

/** The id of a run: its start in UTC and four random hexadecimal digits, `20261124T031500-ab12`. In text order they are in time order. */
export type RunId = string;

/** A new id for a run that starts at `now`. */
export function newRunId(now: Date): RunId {
  const stamp = now.toISOString().replace(/[-:]/g, "").slice(0, 15);
  return `${stamp}-${randomBytes(2).toString("hex")}`;
}

/** Whether a word is the id of a run. */
export function isRunId(word: string): boolean {
  return /^\d{8}T\d{6}-[0-9a-f]{4}$/.test(word);
}
