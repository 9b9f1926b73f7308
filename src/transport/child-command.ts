import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import type { CommandEnd } from "./model.ts";
import type { RunningCommand } from "./supervise.ts";

/** A process of this machine as a running command. `explain` gives its end another meaning than its exit code's. */
export function childCommand(
  child: ChildProcessWithoutNullStreams,
  kill: () => void,
  explain: (end: CommandEnd) => CommandEnd | Promise<CommandEnd> = end => end,
): RunningCommand {
  const { stdin, stdout, stderr } = child;
  const exit = exitOf(child).then(explain);
  return { startedAt: performance.now(), stdin, stdout, stderr, exit, closed: once(child, "close"), kill };
}

async function exitOf(child: ChildProcessWithoutNullStreams): Promise<CommandEnd> {
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return code === null ? { kind: "signalled", signal: signal ?? "unknown" } : { kind: "exited", code };
}
