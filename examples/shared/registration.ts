import { reasonOf, type Log } from "./log.ts";

export interface Registration {
  /** What is written, with a TTL, at each turn. */
  register: () => Promise<unknown>;
  every: number;
  log: Log;
}

/** After a failure the next turn comes sooner. */
const AFTER_FAILURE_MS = 2000;

/**
 * Registers now and then for ever, so that the row, which has a TTL, lives as long as the program. A failure is logged
 * once until it works again: the next turn tries anew, whatever happened. Gives the function that ends it.
 */
export function keepRegistered({ register, every, log }: Registration): () => void {
  let failing = false;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const turn = async (): Promise<void> => {
    try {
      await register();
      if (failing) log("registered again");
      failing = false;
    } catch (error) {
      if (!failing) log(`cannot register: ${reasonOf(error)}`);
      failing = true;
    }
    if (!ended) timer = setTimeout(() => void turn(), failing ? Math.min(every, AFTER_FAILURE_MS) : every);
  };
  void turn();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
