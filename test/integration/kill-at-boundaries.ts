import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonRecord } from "./ring-site.ts";

const LOOK_INTERVAL = 5;

export interface KilledRun {
  /** How often the controller was killed. */
  kills: number;
  /** Exit code of the attempt that came to its end. */
  code: number | null;
  /** What that one said. */
  said: string;
}

/**
 * Carries out one run whose controller dies by SIGKILL each time that a boundary, the begin or the end of one of `steps`, is in the
 * journal for the first time: `begin` starts it, `resume` goes on with it.
 */
export async function killAtBoundaries(words: {
  begin: () => ChildProcess;
  resume: (kills: number) => ChildProcess;
  /** The path of the journal, once it is there. */
  journal: () => Promise<string | undefined>;
  steps: RegExp;
}): Promise<KilledRun> {
  const tail = new JournalTail(words.journal);
  const seen = new Set<string>();
  const isNew = (record: JsonRecord): boolean => {
    const outcome = record["outcome"] as { kind: string } | undefined;
    if (outcome !== undefined && !["changed", "unchanged"].includes(outcome.kind)) return false;
    const boundary = `${String(record["type"])} ${String(record["step"])}`;
    if (!words.steps.test(boundary) || seen.has(boundary)) return false;
    seen.add(boundary);
    return true;
  };
  for (let kills = 0; ; kills += 1) {
    const child = kills === 0 ? words.begin() : words.resume(kills);
    const said: string[] = [];
    child.stderr?.on("data", chunk => said.push(String(chunk)));
    const closed = once(child, "close");
    await reachBoundary(child, tail, isNew);
    if (isOver(child)) {
      await closed;
      if (child.signalCode === null) return { kills, code: child.exitCode, said: said.join("") };
    }
    child.kill("SIGKILL");
    await closed;
  }
}

/** Returns when a new boundary is in the journal, or the process is over. */
async function reachBoundary(
  child: ChildProcess,
  tail: JournalTail,
  isNew: (record: JsonRecord) => boolean,
): Promise<void> {
  while (!isOver(child)) {
    const records = await tail.read();
    // All of them are taken in, so that no boundary stops the run twice.
    if (records.filter(isNew).length > 0) return;
    await sleep(LOOK_INTERVAL);
  }
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Reads what a journal has got since the last look; a plan in it is large, so nothing is read twice. */
class JournalTail {
  readonly #path: () => Promise<string | undefined>;
  #position = 0;
  #rest = "";

  constructor(path: () => Promise<string | undefined>) {
    this.#path = path;
  }

  async read(): Promise<JsonRecord[]> {
    const path = await this.#path();
    if (path === undefined) return [];
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      if (size === this.#position) return [];
      const { buffer, bytesRead } = await file.read({
        buffer: Buffer.alloc(size - this.#position),
        position: this.#position,
      });
      this.#position += bytesRead;
      const lines = (this.#rest + buffer.toString("utf8", 0, bytesRead)).split("\n");
      this.#rest = lines.pop() ?? "";
      return lines.flatMap(readRecord);
    } finally {
      await file.close();
    }
  }
}

/** A line that a dead writer has cut off is no record. */
function readRecord(line: string): JsonRecord[] {
  try {
    return [JSON.parse(line) as JsonRecord];
  } catch {
    return [];
  }
}
