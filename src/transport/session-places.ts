import { createSemaphore } from "./semaphore.ts";

/** sshd allows 10 sessions a connection by default (MaxSessions); two are kept for killing what must end. */
const SESSIONS = 8;
const RESERVED_SESSIONS = 2;

/** The places for sessions on one connection. */
export interface SessionPlaces {
  /** Fulfils with the function that gives the place back. What kills others takes one of its own places (`ordinary` false). */
  acquire(ordinary: boolean): Promise<() => void>;
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
    async acquire(ordinary) {
      const release = await (ordinary ? ordinaryPlaces : reserved).acquire();
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
