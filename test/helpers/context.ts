import type { CommandContext, GlobalOptions, Io } from "../../src/commands/model.ts";

export interface RecordedContext {
  context: CommandContext<object>;
  out: () => string;
  err: () => string;
  /** Presses Ctrl-C, or closes the pipe that reads stdout. */
  interrupt: (cause?: "signal" | "closed") => void;
}

/** A context for work below the command line; `smc()` is the better one for a whole verb. */
export function recordContext(global: Partial<GlobalOptions> = {}, io: Partial<Io> = {}): RecordedContext {
  const out: string[] = [];
  const err: string[] = [];
  const listeners = new Set<Parameters<Io["onInterrupt"]>[0]>();
  const context: CommandContext<object> = {
    io: {
      stdout: { write: text => out.push(text) },
      stderr: { write: text => err.push(text) },
      stdin: {},
      env: {},
      directory: "/",
      ask: question => Promise.reject(new Error(`nobody answers: ${question}`)),
      onInterrupt: listener => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      ...io,
    },
    global: { ...defaultOptions, ...global },
    options: {},
    argv: [],
  };
  return {
    context,
    out: () => out.join(""),
    err: () => err.join(""),
    interrupt: (cause = "signal") => listeners.forEach(listener => listener(cause)),
  };
}

const defaultOptions: GlobalOptions = {
  file: "conf/services.yaml",
  deployment: undefined,
  on: undefined,
  parallel: undefined,
  rolling: false,
  keepGoing: false,
  dryRun: false,
  yes: false,
  input: true,
  json: false,
  timeout: undefined,
  connectTimeout: undefined,
  verbose: false,
  quiet: false,
  color: true,
};
