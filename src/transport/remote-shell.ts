import type { Duplex } from "node:stream";
import type { ForwardTarget, RunOptions } from "./model.ts";
import type { RunningCommand } from "./supervise.ts";

export interface StartOptions extends Pick<RunOptions, "timeout" | "signal"> {
  /**
   * Ends the line's processes on the host; killing the command calls it. A line without it is one that ends others: it
   * never waits for them.
   */
  stop?: () => Promise<unknown>;
}

/** How lines for a shell get to one host: over ssh2, or over the system's ssh. */
export interface RemoteShell {
  readonly loginUser: string;
  /** Connects, unless there is a connection. Rejects with an UnreachableError. */
  connect(): Promise<void>;
  /**
   * Starts a line, connecting first if need be. Rejects with an UnreachableError when nothing was started, with NotStarted when
   * there was no place for it in time, with a LostError when it is not known whether it was.
   */
  start(line: string, options: StartOptions): Promise<RunningCommand>;
  /** Opens a connection from the host. Rejects with an UnreachableError. */
  forward(to: ForwardTarget): Promise<Duplex>;
  close(): Promise<void>;
}
