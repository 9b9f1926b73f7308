import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "shell-quote";
import type { ExitCode } from "../../src/base/exit-code.ts";
import { main } from "../../src/cli/main.ts";
import type { CommandSpecification } from "../../src/cli/specification.ts";
import type { Io } from "../../src/commands/model.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface SmcOptions {
  /** Files to write before the run, by path below the working directory. */
  files?: Readonly<Record<string, string>>;
  /** The whole environment besides HOME and the XDG folders, which are below the working directory. */
  env?: Readonly<Record<string, string>>;
  /** Where to run; absent: a new folder that is removed when the test ends. */
  directory?: string;
  /** Stdin, stdout and stderr are terminals. */
  terminal?: boolean;
  /** Answers to questions, in order. A question too many is an error. */
  answers?: readonly string[];
  /** Receives what `Io.onInterrupt` was given: call each with "signal" to press Ctrl-C. */
  interrupts?: Set<(cause: "signal" | "closed") => void>;
  commands?: readonly CommandSpecification[];
}

export interface SmcResult {
  code: ExitCode;
  out: string;
  err: string;
  questions: readonly string[];
  directory: string;
}

/** Runs the real command line in process: `await smc("restart hub web3 --yes", { files })`. Quotes work as in a shell. */
export async function smc(line: string, options: SmcOptions = {}): Promise<SmcResult> {
  const directory = options.directory ?? (await temporaryFolder());
  for (const [path, text] of Object.entries(options.files ?? {})) await writeBelow(directory, path, text);
  const { io, ...recorded } = recordingIo(directory, options);
  const code = await main(toWords(line), io, options.commands);
  return {
    code,
    out: recorded.out.join(""),
    err: recorded.err.join(""),
    questions: recorded.questions,
    directory,
  };
}

async function writeBelow(directory: string, path: string, text: string): Promise<void> {
  const file = join(directory, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** `{op: "glob"}` and the like come back as the text that was typed. */
function toWords(line: string): string[] {
  return parse(line, name => `$${name}`).map(word => {
    if (typeof word === "string") return word;
    if ("pattern" in word) return word.pattern;
    throw new Error(`quote this part of the command line: ${line}`);
  });
}

function recordingIo(directory: string, options: SmcOptions) {
  const out: string[] = [];
  const err: string[] = [];
  const questions: string[] = [];
  const answers = [...(options.answers ?? [])];
  const isTTY = options.terminal === true;
  const io: Io = {
    stdout: { write: text => out.push(text), isTTY, columns: 100, rows: 40 },
    stderr: { write: text => err.push(text), isTTY, columns: 100, rows: 40 },
    stdin: { isTTY },
    env: { ...homeBelow(directory), ...options.env },
    directory,
    ask: question => {
      questions.push(question);
      const answer = answers.shift();
      return answer === undefined
        ? Promise.reject(new Error(`no answer for: ${question}`))
        : Promise.resolve(answer);
    },
    onInterrupt: listener => {
      options.interrupts?.add(listener);
      return () => void options.interrupts?.delete(listener);
    },
  };
  return { io, out, err, questions };
}

function homeBelow(directory: string): Record<string, string> {
  return {
    HOME: directory,
    XDG_CACHE_HOME: join(directory, ".cache"),
    XDG_CONFIG_HOME: join(directory, ".config"),
    XDG_STATE_HOME: join(directory, ".local/state"),
  };
}
