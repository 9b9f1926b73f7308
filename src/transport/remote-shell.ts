import type { Duplex } from "node:stream";
import type { ForwardTarget } from "./model.ts";
import type { RunningCommand } from "./supervise.ts";

/** How lines for a shell get to one host: over ssh2, or over the system's ssh. */
export interface RemoteShell {
  readonly loginUser: string;
  /** Connects, unless there is a connection. Rejects with an UnreachableError. */
  connect(): Promise<void>;
  /**
   * Starts a line, connecting first if need be. `stop` ends the line's processes on the host; killing the command calls it.
   * A line without `stop` is one that ends others: it never waits for them.
   * Rejects with an UnreachableError when nothing was started, with a LostError when that is not known.
   */
  start(line: string, stop?: () => Promise<unknown>): Promise<RunningCommand>;
  /** Opens a connection from the host. Rejects with an UnreachableError. */
  forward(to: ForwardTarget): Promise<Duplex>;
  close(): Promise<void>;
}
