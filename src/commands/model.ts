import type { ExitCode } from "../base/exit-code.ts";

/** The edges of the process, so that tests run the real CLI in process. */
export interface Io {
  stdout: { write(text: string): unknown; isTTY?: boolean; columns?: number; rows?: number };
  stderr: { write(text: string): unknown; isTTY?: boolean; columns?: number; rows?: number };
  stdin: { isTTY?: boolean };
  env: Readonly<Record<string, string | undefined>>;
  directory: string;
  /** Asks a yes/no question or for a word; only called when stdin is a terminal and `--no-input` is not given. */
  ask(question: string): Promise<string>;
  /** Calls back until the returned function is called: on SIGINT and SIGTERM, and when nobody reads stdout any more. */
  onInterrupt(listener: (cause: "signal" | "closed") => void): () => void;
}

/** Options that every command has. Times in milliseconds. */
export interface GlobalOptions {
  file: string;
  deployment: string | undefined;
  on: string | undefined;
  /** `true`: as many as the limits allow. */
  parallel: number | true | undefined;
  rolling: boolean;
  keepGoing: boolean;
  dryRun: boolean;
  yes: boolean;
  input: boolean;
  json: boolean;
  timeout: number | undefined;
  connectTimeout: number | undefined;
  verbose: boolean;
  quiet: boolean;
  color: boolean;
}

export interface CommandContext<Options> {
  io: Io;
  global: GlobalOptions;
  options: Options;
  /** The words of the command line after `smc`, for plans and the journal. */
  argv: readonly string[];
}

/** What a verb's file exports: the work. How its arguments are spelled is in the command table (src/cli/commands.ts). */
export type CommandRun<Arguments extends readonly unknown[], Options> = (
  context: CommandContext<Options>,
  ...words: Arguments
) => Promise<ExitCode>;
