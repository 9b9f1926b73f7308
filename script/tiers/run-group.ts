import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { waitUntil } from "../../test/lab/harness/wait-until.ts";
import type { Tier } from "./tiers.ts";

const GROUP_DEADLINE = 10_000;

/**
 * Runs a program of a tier, output to the terminal, and gives its exit code; null when it was ended. At the deadline of
 * the tier, or when `interrupt` aborts, the whole process group is ended.
 */
export async function runGroup(
  argv: readonly [string, ...string[]],
  { tier, interrupt }: { tier: Tier; interrupt: AbortSignal },
): Promise<number | null> {
  const [program, ...words] = argv;
  const child = spawn(program, words, { stdio: ["ignore", "inherit", "inherit"], detached: true });
  const signal = AbortSignal.any([interrupt, AbortSignal.timeout(tier.deadline)]);
  const end = (): void => {
    console.log(`${tier.name}: ended at its deadline or by an interrupt`);
    signalGroup(child, "SIGKILL");
  };
  signal.addEventListener("abort", end, { once: true });
  await once(child, "exit");
  signal.removeEventListener("abort", end);
  const isGone = async (): Promise<boolean> => !signalGroup(child, "SIGKILL");
  await waitUntil(isGone, { what: `the end of the processes of ${tier.name}`, timeout: GROUP_DEADLINE });
  return child.exitCode;
}

/** Signals all processes of the group, and tells whether there is one. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): boolean {
  try {
    return child.pid !== undefined && process.kill(-child.pid, signal);
  } catch {
    return false;
  }
}
