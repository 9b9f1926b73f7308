import { setImmediate as pending } from "node:timers/promises";
import { hasCode } from "../base/error-code.ts";
import { ExitCode } from "../base/exit-code.ts";
import type { Io } from "../commands/model.ts";
import { main } from "./main.ts";

/**
 * What bin/smc calls: main on the words, streams, environment and signals of this process. Output that cannot be written, as on a full
 * disk, ends no run half way; it makes the exit code 1 at the end.
 */
export async function runProcess(): Promise<ExitCode> {
  const failures: Error[] = [];
  const note = (error: Error): void => {
    // `smc hosts | head` closes the pipe early, and that is no failure.
    if (!hasCode(error, "EPIPE")) failures.push(error);
  };
  for (const stream of [process.stdout, process.stderr]) stream.on("error", note);
  const code = await main(process.argv.slice(2), processIo());
  await pending();
  const [failure] = failures;
  if (failure === undefined) return code;
  const { fileFailure } = await import("./file-failure.ts");
  process.stderr.write(
    `error: the output cannot be written: ${fileFailure(failure)?.why ?? failure.message}\n`,
  );
  return code === ExitCode.Done ? ExitCode.Failed : code;
}

function processIo(): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    directory: process.cwd(),
    ask,
    onInterrupt,
  };
}

/** Asks on stderr, since stdout carries data. The end of the input counts as an empty answer. */
async function ask(question: string): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<string>(resolve => prompt.once("close", () => resolve("")));
  try {
    return await Promise.race([prompt.question(question), ended]);
  } finally {
    prompt.close();
  }
}

function onInterrupt(listener: (cause: "signal" | "closed") => void): () => void {
  const onSignal = () => listener("signal");
  const onClosed = () => listener("closed");
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  process.stdout.on("error", onClosed);
  return () => {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    process.stdout.off("error", onClosed);
  };
}
