import { appendFileSync } from "node:fs";

/** Writes one line for one event. */
export type Log = (message: string) => void;

/**
 * A log with a time stamp on each line: appended to `file`, or written to standard error without one.
 * Appending opens the file each time, so a rotated log is followed without a signal.
 */
export function createLog(file: string | undefined): Log {
  return message => {
    const line = `${new Date().toISOString()} ${message}\n`;
    if (file === undefined) process.stderr.write(line);
    else appendFileSync(file, line, { mode: 0o640 });
  };
}

/** The first line of what was thrown: the driver puts stack traces into its messages. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? "";
}
