import { open, readFile, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "./make-folder.ts";
import { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Bytes } from "../base/units.ts";

/** An append-only file of JSON values, one a line. */
export interface JsonLinesWriter {
  /** Resolves when the line is on disk, rejects with an OperatorError when it cannot be; lines are written in the order of the calls. */
  append(value: unknown): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the file for appending, and makes it and its folder, readable by their owner only. A torn last line, which a
 * crash can leave, is ended first, so that it stays one bad line.
 */
export async function openJsonLines(path: string): Promise<JsonLinesWriter> {
  await makeFolder(dirname(path), { mode: 0o700 });
  const torn = await endsTorn(path);
  const file = await open(path, "a", 0o600);
  if (torn) await file.appendFile("\n");
  const lines = new LineWriter(file, path, (await file.stat()).size);
  return { append: value => lines.append(`${JSON.stringify(value)}\n`), close: () => lines.close() };
}

interface Waiting {
  line: string;
  done: PromiseWithResolvers<void>;
}

/** Writes lines in order. Those that come while others are written share one write and one sync. */
class LineWriter {
  readonly #file: FileHandle;
  readonly #path: string;
  #queue: Waiting[] = [];
  #writing: Promise<void> | undefined;
  /** How long the file is with whole lines only. */
  #length: Bytes;

  constructor(file: FileHandle, path: string, length: Bytes) {
    this.#file = file;
    this.#path = path;
    this.#length = length;
  }

  append(line: string): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#queue.push({ line, done });
    this.#writing ??= this.#writeAll();
    return done.promise;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0);
      try {
        const text = Buffer.from(batch.map(({ line }) => line).join(""));
        await this.#file.appendFile(text);
        await this.#file.datasync();
        this.#length += text.length;
        batch.forEach(({ done }) => done.resolve());
      } catch (error) {
        // A part may have been written, which the next line would go on with. A device has no length.
        await this.#file.truncate(this.#length).catch(() => undefined);
        batch.forEach(({ done }) => done.reject(this.#unwritable(error)));
      }
    }
    this.#writing = undefined;
  }

  #unwritable(cause: unknown): OperatorError {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new OperatorError(`${this.#path} cannot be written: ${why}`, {
      code: "JOURNAL_UNWRITABLE",
      exit: ExitCode.Failed,
      cause,
    });
  }
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
