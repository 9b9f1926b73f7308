import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { Bytes, Milliseconds } from "../base/units.ts";
import type { CommandEnd, CommandResult, OutputChunk, RunOptions } from "./model.ts";
import { OutputTail } from "./output-tail.ts";

/** Enough for every answer that smc parses; `logs` of a whole day still costs bounded memory. */
const DEFAULT_OUTPUT_LIMIT: Bytes = 16 * 1024 * 1024;

/** A child left in the background may hold the output open for ever: silence this long after the exit ends the wait. */
const SILENCE_AFTER_EXIT: Milliseconds = 2000;

const KILLED_CODE = 128 + 9;

/** A process that was started somewhere, here or on a host. */
export interface RunningCommand {
  /** Just before it was sent off, by `performance.now()`: a host that keeps the deadline itself counts from then on. */
  startedAt: number;
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** Fulfils when the command has ended; some of its output may still be under way. */
  exit: Promise<CommandEnd>;
  /** Fulfils when no more output comes. */
  closed: Promise<unknown>;
  /** Ends the command and its children; called at the deadline and on cancelling. */
  kill(): void;
}

export interface SuperviseOptions extends Pick<
  RunOptions,
  "stdin" | "timeout" | "signal" | "onOutput" | "outputLimit"
> {
  /** How much later than `timeout` this side steps in, where the host keeps the deadline itself. */
  grace?: Milliseconds;
}

export type Outcome = Pick<CommandResult, "end" | "stdout" | "stderr" | "cut">;

/**
 * Feeds a command, collects what it says, and waits for its end, its deadline or the signal, whichever is first.
 * Rejects only when the source of `stdin` fails; the command is killed then.
 */
export async function supervise(command: RunningCommand, options: SuperviseOptions): Promise<Outcome> {
  const limit = options.outputLimit ?? DEFAULT_OUTPUT_LIMIT;
  const stdout = collect(command.stdout, limit, listener("stdout", options.onOutput));
  const stderr = collect(command.stderr, limit, listener("stderr", options.onOutput));
  const feeding = feed(command.stdin, options.stdin);
  const first = await firstEnd(command, feeding, options).catch((error: unknown) => {
    command.kill();
    throw error;
  });
  const end = explainKill(first, performance.now() - command.startedAt, options.timeout);
  if (end.kind === "timed-out" || end.kind === "cancelled") command.kill();
  if (!(await drained(command, [stdout, stderr]))) abandon(command);
  return outcome(end, stdout, stderr);
}

interface Collector {
  tail: OutputTail;
  lastChunkAt: number;
}

function collect(stream: Readable, limit: Bytes, listen: ((chunk: Buffer) => void) | undefined): Collector {
  const collector: Collector = { tail: new OutputTail(limit), lastChunkAt: 0 };
  stream.on("data", (chunk: Buffer) => {
    collector.lastChunkAt = performance.now();
    collector.tail.add(chunk);
    listen?.(chunk);
  });
  // How the command ended is what counts; a stream that breaks ends with it.
  stream.on("error", () => undefined);
  return collector;
}

function listener(
  stream: OutputChunk["stream"],
  onOutput: RunOptions["onOutput"],
): ((chunk: Buffer) => void) | undefined {
  if (onOutput === undefined) return undefined;
  const decoder = new StringDecoder("utf8");
  return chunk => onOutput({ stream, text: decoder.write(chunk) });
}

/** Writes all input and closes it. A command that ends without reading it is no failure. */
async function feed(stdin: Writable, source: RunOptions["stdin"]): Promise<void> {
  stdin.on("error", () => undefined);
  if (source === undefined || typeof source === "string" || source instanceof Uint8Array) {
    stdin.end(source);
    return;
  }
  for await (const chunk of source) {
    if (!stdin.writable) return;
    if (!stdin.write(chunk)) await writableAgain(stdin);
  }
  stdin.end();
}

async function writableAgain(stdin: Writable): Promise<void> {
  const done = new AbortController();
  const events = ["drain", "close"].map(event => once(stdin, event, { signal: done.signal }));
  await Promise.race(events).catch(() => undefined);
  done.abort();
  await Promise.allSettled(events);
}

function firstEnd(
  command: RunningCommand,
  feeding: Promise<void>,
  options: SuperviseOptions,
): Promise<CommandEnd> {
  const { timeout, grace = 0, signal } = options;
  return new Promise((resolve, reject) => {
    const stopWaiting = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    };
    const settle = (end: CommandEnd): void => {
      stopWaiting();
      resolve(end);
    };
    const fail = (error: unknown): void => {
      stopWaiting();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const cancel = (): void => settle({ kind: "cancelled" });
    const timer = setTimeout(() => settle({ kind: "timed-out", after: timeout }), timeout + grace);
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted === true) cancel();
    feeding.catch(fail);
    command.exit.then(settle, fail);
  });
}

/** Whether all output came; false when something else than the command still holds it open and says nothing. */
function drained({ closed }: RunningCommand, collectors: readonly Collector[]): Promise<boolean> {
  const exitAt = performance.now();
  const quietFor = (): Milliseconds =>
    performance.now() - Math.max(exitAt, ...collectors.map(collector => collector.lastChunkAt));
  return new Promise(resolve => {
    let timer: NodeJS.Timeout | undefined;
    const look = (): void => {
      const left = SILENCE_AFTER_EXIT - quietFor();
      if (left <= 0) resolve(false);
      else timer = setTimeout(look, left);
    };
    const end = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    look();
    closed.then(end, end);
  });
}

/** Gives up the pipes or the channel: open, they keep smc from ending, and the place of a session taken. */
function abandon({ stdin, stdout, stderr }: RunningCommand): void {
  for (const stream of [stdin, stdout, stderr]) stream.destroy();
}

/** GNU timeout kills its own group, itself included: at the deadline a kill is the deadline, not somebody's signal. */
function explainKill(end: CommandEnd, elapsed: Milliseconds, timeout: Milliseconds): CommandEnd {
  const killed =
    (end.kind === "signalled" && end.signal === "SIGKILL") ||
    (end.kind === "exited" && end.code === KILLED_CODE);
  return killed && elapsed >= timeout ? { kind: "timed-out", after: timeout } : end;
}

function outcome(end: CommandEnd, stdout: Collector, stderr: Collector): Outcome {
  const out = stdout.tail.result();
  const err = stderr.tail.result();
  const cut = { stdout: out.cut, stderr: err.cut };
  const texts = { end, stdout: out.text, stderr: err.text };
  return cut.stdout + cut.stderr === 0 ? texts : { ...texts, cut };
}
