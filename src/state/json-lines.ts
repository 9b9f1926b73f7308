import { mkdir, open, readFile, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { OperatorError } from "../base/operator-error.ts";

/** An append-only file of JSON values, one a line. */
export interface JsonLinesWriter {
  /** Resolves when the line is on disk; lines are written in the order of the calls. */
  append(value: unknown): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the file for appending, and makes it and its folder, readable by their owner only. A torn last line, which a
 * crash can leave, is ended first, so that it stays one bad line.
 */
export async function openJsonLines(path: string): Promise<JsonLinesWriter> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const torn = await endsTorn(path);
  const file = await open(path, "a", 0o600);
  if (torn) await file.appendFile("\n");
  let last: Promise<void> = Promise.resolve();
  return {
    append(value) {
      const line = `${JSON.stringify(value)}\n`;
      last = last.then(() => write(file, line));
      return last;
    },
    async close() {
      await last.catch(() => undefined);
      await file.close();
    },
  };
}

/** What a file of JSON lines holds, and whether a crash cut a line off. */
export interface JsonLines {
  values: readonly unknown[];
  torn: boolean;
}

/**
 * Reads a file of JSON lines. A line that is not JSON is what a crash left: at the end of the file, or where an
 * append went on after it. Throws an OperatorError when the file cannot be read, or two bad lines follow each other.
 */
export async function readJsonLines(path: string): Promise<JsonLines> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new OperatorError(`cannot read ${path}`, { code: "JOURNAL_UNREADABLE", cause: error });
  });
  const lines = text.split("\n").filter(line => line !== "");
  const parsed = lines.map(parse);
  if (parsed.some((line, index) => line === undefined && parsed[index - 1] === undefined && index > 0)) {
    throw new OperatorError(`${path} is damaged: more than one line in a row is not JSON`, {
      code: "JOURNAL_DAMAGED",
    });
  }
  const values = parsed.flatMap(line => (line === undefined ? [] : [line.value]));
  return { values, torn: values.length < lines.length };
}

async function write(file: FileHandle, line: string): Promise<void> {
  await file.appendFile(line);
  await file.datasync();
}

function parse(line: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(line) };
  } catch {
    return undefined;
  }
}

async function endsTorn(path: string): Promise<boolean> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text !== "" && !text.endsWith("\n");
}
