import { open, readdir, type FileHandle } from "node:fs/promises";
import * as v from "valibot";
import { hasCode } from "../../base/error-code.ts";
import type { Bytes } from "../../base/units.ts";
import type { DeploymentName } from "../../base/names.ts";
import { isRunId, type RunId } from "../../state/run-id.ts";
import type { RunOutcome } from "../events.ts";
import { runEndedSchema } from "./event-schema.ts";
import { headerSchema, journalPath, runsFolder, type JournalHeader } from "./header.ts";

/** A header is far smaller, and so is the record that ends a run; what is between may be megabytes. */
const EDGE: Bytes = 16 * 1024;

/** A run in short. */
export interface RunSummary {
  run: RunId;
  deployment: DeploymentName;
  /** Undefined when the journal was cut off before its first record was written. */
  header: JournalHeader | undefined;
  /** How the last attempt ended; undefined while it goes on, and when it was killed. */
  outcome: RunOutcome | undefined;
}

/**
 * The runs of these deployments, all without any, newest first. Rejects with the error of the operating system where the folders
 * cannot be read: only what is not there holds no run.
 */
export async function listRuns(
  stateDirectory: string,
  words: { deployment?: DeploymentName | undefined; most?: number } = {},
): Promise<RunSummary[]> {
  const all = await foldersIn(stateDirectory);
  const deployments = words.deployment === undefined ? all : [words.deployment];
  const found = await Promise.all(
    deployments.map(async deployment => {
      const names = await namesIn(runsFolder(stateDirectory, deployment));
      const runs = names.map(name => name.replace(/\.jsonl$/, "")).filter(isRunId);
      return runs.map(run => ({ run, deployment }));
    }),
  );
  const { most = Infinity } = words;
  const newest = found.flat().sort((one, other) => (one.run < other.run ? 1 : -1));
  const secondOfLast = secondOf(newest[most - 1]?.run ?? "");
  const enough = newest.filter(({ run }) => secondOf(run) >= secondOfLast);
  const summaries = await Promise.all(enough.map(place => summarise(stateDirectory, place)));
  return summaries.sort(byTime).slice(0, most);
}

/** Run ids tell the second; which of two runs of one second was first, only their headers do. */
function byTime(one: RunSummary, other: RunSummary): number {
  const [first, second] = [secondOf(one.run), secondOf(other.run)];
  if (first !== second) return first < second ? 1 : -1;
  return (other.header?.at ?? 0) - (one.header?.at ?? 0);
}

function secondOf(run: RunId): string {
  return run.slice(0, run.indexOf("-"));
}

/** The deployment that a run belongs to; undefined when there is no such run. */
export async function findRun(stateDirectory: string, run: RunId): Promise<DeploymentName | undefined> {
  for (const deployment of await foldersIn(stateDirectory)) {
    const names = await namesIn(runsFolder(stateDirectory, deployment));
    if (names.includes(`${run}.jsonl`)) return deployment;
  }
  return undefined;
}

async function summarise(
  stateDirectory: string,
  place: { run: RunId; deployment: DeploymentName },
): Promise<RunSummary> {
  const file = await open(journalPath(stateDirectory, place), "r");
  try {
    const [head, tail] = await readEdges(file);
    const header = v.safeParse(headerSchema, parse(head.slice(0, Math.max(0, head.indexOf("\n")))));
    const end = v.safeParse(runEndedSchema, parse(tail.trimEnd().split("\n").at(-1) ?? ""));
    return {
      ...place,
      header: header.success ? header.output : undefined,
      outcome: end.success ? end.output.outcome : undefined,
    };
  } finally {
    await file.close();
  }
}

async function readEdges(file: FileHandle): Promise<[head: string, tail: string]> {
  const { size } = await file.stat();
  const read = async (position: number): Promise<string> => {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(EDGE), position });
    return buffer.toString("utf8", 0, bytesRead);
  };
  return [await read(0), await read(Math.max(0, size - EDGE))];
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** A stray file in the state folder is no deployment. */
async function foldersIn(folder: string): Promise<string[]> {
  const entries = await unlessAbsent(readdir(folder, { withFileTypes: true }));
  const names = entries.filter(entry => !entry.isFile()).map(({ name }) => name);
  return names.sort();
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await unlessAbsent(readdir(folder));
  return names.sort();
}

async function unlessAbsent<T>(read: Promise<T[]>): Promise<T[]> {
  try {
    return await read;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}
