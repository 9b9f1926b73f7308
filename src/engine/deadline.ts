import type { Milliseconds } from "../base/units.ts";

/** How long work may take to wind up after it was told to end, before it is left behind. */
const GRACE: Milliseconds = 5000;

/** The name of the reason with which a signal aborts at a deadline, as that of AbortSignal.timeout(). */
const TOO_LATE = "TimeoutError";

/** Whether that signal of some work aborted because its deadline has passed, and not because the operator wants to stop now. */
export function isTooLate({ reason }: AbortSignal): boolean {
  return reason instanceof DOMException && reason.name === TOO_LATE;
}

/** The limits of one piece of work. */
export interface Deadline {
  timeout: Milliseconds;
  /** Aborts when the operator wants to stop now. */
  stop: AbortSignal;
  grace?: Milliseconds;
}

/**
 * Does work that ends in any case: at the deadline, or when `stop` aborts, its signal aborts; when it then does
 * not answer within the grace, `late` answers in its place.
 */
export async function withDeadline<T>(
  { timeout, stop, grace = GRACE }: Deadline,
  work: (limits: { signal: AbortSignal; deadline: number }) => Promise<T>,
  late: (cause: "deadline" | "stopped") => T,
): Promise<T> {
  const deadline = new AbortController();
  const timers = [setTimeout(() => deadline.abort(new DOMException("too late", TOO_LATE)), timeout)];
  const signal = AbortSignal.any([stop, deadline.signal]);
  const tooLate = Promise.withResolvers<T>();
  const giveUp = (): void => {
    timers.push(setTimeout(() => tooLate.resolve(late(stop.aborted ? "stopped" : "deadline")), grace));
  };
  if (signal.aborted) giveUp();
  else signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([work({ signal, deadline: Date.now() + timeout }), tooLate.promise]);
  } finally {
    // Work that has ended waits for nothing more, also when the operator stops the rest.
    signal.removeEventListener("abort", giveUp);
    timers.forEach(clearTimeout);
  }
}

/**
 * What is said after the work itself, or nothing where that takes longer than there is grace for: a host that does not answer must not
 * cost what is known already.
 */
export async function inGrace(words: Promise<string>): Promise<string> {
  const over = new AbortController();
  const nothing = pause(GRACE / 2, over.signal).then(() => "");
  return Promise.race([words, nothing]).finally(() => over.abort());
}

/** Waits; ends early, without an error, when the signal aborts. */
export function pause(duration: Milliseconds, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve();
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, duration);
    signal.addEventListener("abort", finish, { once: true });
  });
}
