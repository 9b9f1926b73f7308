import { reasonOf, type Log } from "./log.ts";

/**
 * Whether an error was thrown inside the database driver by a bug of its own. cassandra-driver 4.10 has one: when the
 * last node goes away while its control connection is being made anew, a second attempt clears the host of the first
 * one, which then ends in a TypeError that nobody catches.
 */
export function isDriverFault(error: unknown): boolean {
  if (!(error instanceof TypeError)) return false;
  const firstFrame = error.stack?.split("\n").find(line => /^\s+at /.test(line)) ?? "";
  return firstFrame.includes("/cassandra-driver/lib/");
}

/** Connects afresh after such a fault instead of ending the program; any other forgotten rejection still ends it. */
export function surviveDriverFaults(log: Log, connectAfresh: () => void): void {
  process.on("unhandledRejection", error => {
    if (!isDriverFault(error)) throw error;
    log(`the database driver failed by itself, connecting afresh: ${reasonOf(error)}`);
    connectAfresh();
  });
}
