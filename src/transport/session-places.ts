import { orCancelled } from "./or-cancelled.ts";
import type { StartOptions } from "./remote-shell.ts";
import { createSemaphore, type Semaphore } from "./semaphore.ts";
import { NotStarted } from "./unreachable.ts";

/** sshd allows 10 sessions a connection by default (MaxSessions); two are kept for killing what must end. */
const SESSIONS = 8;
const RESERVED_SESSIONS = 2;

/** The places for sessions on one connection. */
export interface SessionPlaces {
  /**
   * Fulfils with the function that gives the place back; rejects with NotStarted when none is free by the line's deadline or
   * its signal. What kills others takes one of its own places.
   */
  acquire(line: StartOptions): Promise<() => void>;
  /** How many are taken. */
  taken(): number;
  /** The host allows fewer ordinary sessions than is usual. */
  lower(limit: number): void;
}

export function createSessionPlaces(): SessionPlaces {
  const ordinaryPlaces = createSemaphore(SESSIONS);
  const reserved = createSemaphore(RESERVED_SESSIONS);
  let taken = 0;
  return {
    async acquire(line) {
      const release = await acquireInTime(line.stop === undefined ? reserved : ordinaryPlaces, line);
      let given = false;
      taken += 1;
      return () => {
        if (given) return;
        given = true;
        taken -= 1;
        release();
      };
    },
    taken: () => taken,
    lower: limit => ordinaryPlaces.lower(limit),
  };
}

async function acquireInTime(places: Semaphore, { timeout, signal }: StartOptions): Promise<() => void> {
  const deadline = AbortSignal.timeout(Math.ceil(timeout));
  const place = places.acquire();
  const stop = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
  const release = await orCancelled(place, stop);
  if (release !== undefined) return release;
  void place.then(late => late());
  throw new NotStarted(
    signal?.aborted === true ? { kind: "cancelled" } : { kind: "timed-out", after: timeout },
  );
}
