import { setTimeout as sleep } from "node:timers/promises";

export interface WaitOptions {
  /** What is waited for, for the message at the deadline. */
  what: string;
  /** Milliseconds. */
  timeout: number;
  interval?: number;
}

/** Asks until the answer is neither undefined nor false, and gives it. Rejects at the deadline with what was waited for. */
export async function waitUntil<Answer>(
  ask: () => Promise<Answer | undefined | false>,
  { what, timeout, interval = 50 }: WaitOptions,
): Promise<Answer> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeout} ms`);
    await sleep(interval);
  }
}
