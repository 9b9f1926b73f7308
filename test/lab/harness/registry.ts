import { existsSync, readFileSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HostKind } from "./base-image.ts";
import { LABS_FOLDER, labLayout, type LabLayout } from "./layout.ts";

/** What is written down about a lab, so that any later process can find and remove all of it. */
export interface LabRecord {
  hosts: readonly string[];
  baseImage: string;
  kind?: HostKind;
  /** The process that the lab belongs to; without one it stays until somebody takes it down. */
  owner?: { pid: number; startedAt: string };
}

/** Takes the number of a lab, by an atomic rename, and tells whether it was free. With `owned` the lab is this process's. */
export async function reserve(
  lab: LabLayout,
  { owned, ...rest }: Omit<LabRecord, "owner"> & { owned: boolean },
): Promise<boolean> {
  await mkdir(LABS_FOLDER, { recursive: true });
  const draft = await mkdtemp(join(LABS_FOLDER, ".new-"));
  const owner = { pid: process.pid, startedAt: startTimeOf(process.pid) };
  const record: LabRecord = owned ? { ...rest, owner } : rest;
  await writeFile(join(draft, "lab.json"), JSON.stringify(record));
  try {
    await rename(draft, lab.folder);
    return true;
  } catch {
    await rm(draft, { recursive: true });
    return false;
  }
}

/** The labs of this machine, with what is known of each. A folder without a record is what an interrupted removal left. */
export function labsOfThisMachine(): { lab: LabLayout; record: LabRecord | undefined }[] {
  if (!existsSync(LABS_FOLDER)) return [];
  const numbers = readdirSync(LABS_FOLDER).filter(name => /^\d+$/.test(name));
  return numbers.map(number => {
    const lab = labLayout(Number(number));
    return { lab, record: readRecord(lab) };
  });
}

export function readRecord(lab: LabLayout): LabRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(lab.folder, "lab.json"), "utf8")) as LabRecord;
  } catch {
    return undefined;
  }
}

/** Tells whether the process that a lab belongs to is gone. A later process with the same pid is another one. */
export function isOrphan(record: LabRecord | undefined): boolean {
  if (record === undefined) return true;
  return record.owner !== undefined && startTimeOf(record.owner.pid) !== record.owner.startedAt;
}

/**
 * Makes a lab this process's own before it is removed: others leave it alone meanwhile, and remove the rest of it when this process
 * is gone before its end. Throws where it belongs to another process that lives.
 */
export async function claim(lab: LabLayout): Promise<void> {
  const record = readRecord(lab);
  if (record === undefined) return;
  const self = { pid: process.pid, startedAt: startTimeOf(process.pid) };
  const { owner = self } = record;
  if (owner.pid !== self.pid && !isOrphan(record)) {
    throw new Error(`lab ${lab.number} belongs to process ${owner.pid}`);
  }
  const draft = join(lab.folder, `lab.json.${process.pid}`);
  await writeFile(draft, JSON.stringify({ ...record, owner: self }));
  await rename(draft, join(lab.folder, "lab.json"));
}

/** In clock ticks since the boot of this machine, field 22 of `proc_pid_stat(5)`; empty when the process is gone or a zombie. */
function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" || state === "X" ? "" : (fields[18] ?? "");
  } catch {
    return "";
  }
}
