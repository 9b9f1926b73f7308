import type { Duplex } from "node:stream";
import type { HostTarget } from "../base/host-target.ts";
import type { HostName } from "../base/names.ts";
import type { Bytes, Milliseconds } from "../base/units.ts";

export interface RunOptions {
  /** What the command reads; it is closed afterwards. Secrets go this way, never in argv. */
  stdin?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** The deadline; at it the remote process is killed too. Every command has one. */
  timeout: Milliseconds;
  /** The user to become (`root`, `salvus`); absent: the login user. */
  runAs?: string;
  env?: Readonly<Record<string, string>>;
  directory?: string;
  signal?: AbortSignal;
  /** Live output, for `logs -f` and progress; the result still has (the end of) it. */
  onOutput?: (chunk: OutputChunk) => void;
  /** How much of each stream the result keeps, counted from the end; absent: 16 MiB. */
  outputLimit?: Bytes;
}

export interface OutputChunk {
  stream: "stdout" | "stderr";
  text: string;
}

/** Why no command ran on the host. Each is a different thing to do for the operator. */
export type UnreachableCause =
  | "refused"
  | "timeout"
  | "no-route"
  | "name"
  | "host-key-unknown"
  | "host-key-changed"
  | "host-key-revoked"
  | "login"
  | "jump"
  | "protocol";

/** How a command ended. Only `exited` with code 0 is success. */
export type CommandEnd =
  | { kind: "exited"; code: number }
  | { kind: "signalled"; signal: string }
  | { kind: "timed-out"; after: Milliseconds }
  | { kind: "cancelled" }
  /** The connection went away while the command ran: its fate is unknown. */
  | { kind: "lost"; reason: string }
  /** sudo wants a password that smc was not given, or refuses the user. */
  | { kind: "not-permitted"; reason: string }
  | { kind: "unreachable"; cause: UnreachableCause; reason: string; hint?: string };

/** One shape for success and failure of a command. */
export interface CommandResult {
  host: HostName;
  argv: readonly string[];
  ok: boolean;
  end: CommandEnd;
  stdout: string;
  stderr: string;
  /** How much of the beginning of each stream was dropped; absent when both are whole. A parser must refuse a cut answer. */
  cut?: { stdout: Bytes; stderr: Bytes };
  /** Milliseconds since the epoch. */
  startedAt: number;
  duration: Milliseconds;
}

export interface FileToWrite {
  path: string;
  content: string | Uint8Array;
  /** Permission bits, 0o600. */
  mode: number;
  /** `user` or `user:group`; absent: whoever writes. */
  owner?: string;
  runAs?: string;
  timeout: Milliseconds;
  signal?: AbortSignal;
}

/** What a file is on the host: its content, that it is not there, or that it could not be read. */
export type FileRead =
  { kind: "content"; content: string } | { kind: "absent" } | { kind: "failed"; result: CommandResult };

/** Where a forwarded connection ends, as seen from the host. */
export type ForwardTarget = { host: string; port: number } | { socket: string };

/** One host of a run. Nothing is connected before the first use. */
export interface Connection {
  readonly target: HostTarget;
  /** Runs one argument vector (no shell unless argv says `sh -c`). Never rejects for what happens on the host. */
  run(argv: readonly string[], options: RunOptions): Promise<CommandResult>;
  readFile(path: string, options: Pick<RunOptions, "timeout" | "runAs" | "signal">): Promise<FileRead>;
  /** Writes beside the file and renames: a reader sees the old file or the new one, never half of one. */
  writeFile(file: FileToWrite): Promise<CommandResult>;
  /** Opens a connection that the host makes. Rejects with an OperatorError when it cannot be opened. */
  forward(to: ForwardTarget, options: { timeout: Milliseconds; signal?: AbortSignal }): Promise<Duplex>;
}

/** All hosts of one run, with one pooled connection each. */
export interface Transport {
  connection(target: HostTarget): Connection;
  /** Ends all connections; commands that still run are reported as lost. */
  close(): Promise<void>;
}
