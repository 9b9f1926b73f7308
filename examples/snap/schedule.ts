import { setTimeout as sleep } from "node:timers/promises";
import { reasonOf, type Log } from "../shared/log.ts";

export interface Schedule {
  task: () => Promise<void>;
  intervalMs: number;
  log: Log;
  signal: AbortSignal;
}

const SHORTEST_PAUSE_MS = 1000;

/**
 * Runs the task now and at every interval, counted from the start of each turn. One that failed is tried again soon:
 * after a second, then two, four, … but never later than the next regular turn. Ends with the signal.
 */
export async function runOnSchedule({ task, intervalMs, log, signal }: Schedule): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const began = Date.now();
    try {
      await task();
      failures = 0;
    } catch (error) {
      failures += 1;
      log(`failed ${failures} times in a row: ${reasonOf(error)}`);
    }
    const pause = pauseAfter({ intervalMs, elapsed: Date.now() - began, failures });
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}

/** How long to wait for the next turn. */
export function pauseAfter(turn: { intervalMs: number; elapsed: number; failures: number }): number {
  const regular = Math.max(0, turn.intervalMs - turn.elapsed);
  if (turn.failures === 0) return regular;
  return Math.min(Math.max(regular, SHORTEST_PAUSE_MS), SHORTEST_PAUSE_MS * 2 ** (turn.failures - 1));
}
