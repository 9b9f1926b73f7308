import type { Milliseconds } from "../../base/units.ts";

/** A length of time that several pieces of work share; waiting in a queue between them costs nothing. */
export interface Budget {
  /** Runs the work with what is left; at its end the returned promise rejects with the given error, and the work must stop itself. */
  spend<T>(work: (left: Milliseconds) => Promise<T>, exhausted: () => Error): Promise<T>;
}

export function createBudget(total: Milliseconds): Budget {
  let left = total;
  return {
    async spend(work, exhausted) {
      if (left <= 0) throw exhausted();
      const startedAt = performance.now();
      let timer: NodeJS.Timeout | undefined;
      const deadline = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(exhausted()), left);
      });
      try {
        return await Promise.race([work(left), deadline]);
      } finally {
        clearTimeout(timer);
        left -= performance.now() - startedAt;
      }
    },
  };
}
