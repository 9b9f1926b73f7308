import type { ExitCode } from "../base/exit-code.ts";
import type { Io } from "../commands/model.ts";
import { main } from "./main.ts";

/** What bin/smc calls: main on the words, streams, environment and signals of this process. */
export function runProcess(): Promise<ExitCode> {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreClosedPipe);
  return main(process.argv.slice(2), processIo());
}

/** `smc hosts | head` closes the pipe early, and that is no failure. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
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
