import { reasonOf, type Log } from "./log.ts";

export interface Registration {
  /** What is written, with a TTL, at each turn. */
  register: () => Promise<unknown>;
  every: number;
  log: Log;
}

/**
 * Registers now and then for ever, so that the row, which has a TTL, lives as long as the program. A failure is logged
 * once until it works again: the next turn tries anew, whatever happened. Gives the function that ends it.
 */
export function keepRegistered({ register, every, log }: Registration): () => void {
  let failing = false;
  let busy = false;
  const turn = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      await register();
      if (failing) log("registered again");
      failing = false;
    } catch (error) {
      if (!failing) log(`cannot register: ${reasonOf(error)}`);
      failing = true;
    } finally {
      busy = false;
    }
  };
  void turn();
  const timer = setInterval(() => void turn(), every);
  return () => clearInterval(timer);
}
