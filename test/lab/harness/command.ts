import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

export interface CommandOptions {
  input?: string;
  /** Milliseconds, after which the command is killed; 60 seconds unless told. */
  timeout?: number;
}

export interface CommandOutcome {
  /** The exit code; null when a signal ended the command. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command of this machine to its end and gives what came of it, whatever the exit code. */
export async function attempt(
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<CommandOutcome> {
  const [program = "", ...rest] = argv;
  const child = spawn(program, rest, { timeout: options.timeout ?? 60_000, killSignal: "SIGKILL" });
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

/** Runs a command that must succeed and gives its output. Rejects with the command and its error output. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await attempt(argv, options);
  if (code === 0) return stdout;
  throw new Error(`${argv.join(" ")}: exit ${code}\n${stderr.trim() || stdout.trim()}`);
}
