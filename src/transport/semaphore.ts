/** Lets a number of holders in at once; the rest wait in order. */
export interface Semaphore {
  /** Fulfils with the function that gives the place back; calling it again does nothing. */
  acquire(): Promise<() => void>;
  use<T>(work: () => Promise<T>): Promise<T>;
  /** Fewer holders from now on, because the other side turned out to allow no more. */
  lower(limit: number): void;
}

export function createSemaphore(places: number): Semaphore {
  let limit = places;
  let held = 0;
  const waiting: (() => void)[] = [];
  const next = (): void => {
    while (held < limit && waiting.length > 0) {
      held += 1;
      waiting.shift()?.();
    }
  };
  const acquire = async (): Promise<() => void> => {
    if (held < limit) held += 1;
    else await new Promise<void>(resolve => void waiting.push(resolve));
    let given = false;
    return () => {
      if (given) return;
      given = true;
      held -= 1;
      next();
    };
  };
  return {
    acquire,
    async use(work) {
      const release = await acquire();
      try {
        return await work();
      } finally {
        release();
      }
    },
    lower(fewer) {
      limit = Math.max(1, Math.min(limit, fewer));
    },
  };
}
