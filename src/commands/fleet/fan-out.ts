import pMap from "p-map";
import { ExitCode } from "../../base/exit-code.ts";
import type { HostTarget } from "../../base/host-target.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { showWaiting } from "../../report/waiting.ts";
import type { CommandContext } from "../model.ts";

export interface FanOut<T> {
  context: CommandContext<unknown>;
  targets: readonly HostTarget[];
  /** What is done, for the display: `uptime`. */
  title: string;
  /** Hosts at a time. */
  concurrency: number;
  /** Asks one host; must settle by its own deadline. `signal` is aborted when the operator presses Ctrl-C a second time. */
  ask: (target: HostTarget, signal: AbortSignal) => Promise<T>;
  /** The hosts are not to come to an end by themselves: the first Ctrl-C ends the work, and nobody waits for it. */
  endless?: boolean;
  /** True for an answer after which no further host is asked. */
  stopAfter?: (answer: T) => boolean;
}

/** What came of it. `notAsked` are the hosts that were left because of a failure or an interruption. */
export interface FanOutResult<T> {
  answers: readonly T[];
  notAsked: readonly HostTarget[];
  interrupted: boolean;
}

/**
 * Asks many hosts at once and shows which have not answered. The first Ctrl-C asks no further host and waits for
 * those under way, the second one gives those up too, as does a reader of stdout that goes away. Answers come in the order of `targets`.
 */
export async function fanOut<T>(work: FanOut<T>): Promise<FanOutResult<T>> {
  const { context, targets, concurrency } = work;
  const stop = watchInterrupts(context, work.endless === true);
  const waiting = work.endless === true ? undefined : showWaiting(context, work.title, targets.length);
  let halted = false;
  try {
    const answers = await pMap(
      targets,
      async target => {
        if (halted || stop.interrupted()) return undefined;
        waiting?.begin(target.name);
        const answer = await work.ask(target, stop.signal).finally(() => waiting?.end(target.name));
        halted ||= work.stopAfter?.(answer) === true;
        return { answer };
      },
      // There may be no hosts at all.
      { concurrency: Math.max(1, concurrency) },
    );
    return {
      answers: answers.flatMap(asked => (asked === undefined ? [] : [asked.answer])),
      notAsked: targets.filter((_, index) => answers[index] === undefined),
      interrupted: stop.interrupted(),
    };
  } finally {
    stop.ignore();
    await waiting?.close();
  }
}

/**
 * The answers of all hosts, for what is decided from all of them together. Throws an OperatorError (exit 130) when the
 * operator interrupts: what was not heard because of that says nothing, and nothing may be done on the strength of it.
 */
export async function askAll<T>(work: FanOut<T>): Promise<readonly T[]> {
  const { answers, interrupted } = await fanOut(work);
  if (!interrupted) return answers;
  throw new OperatorError("interrupted: nothing was touched", {
    code: "INTERRUPTED",
    exit: ExitCode.Interrupted,
  });
}

/** Hosts at a time: `--rolling` is one, `--parallel N` is N, else what the services file allows. */
export function concurrencyOf({ global }: CommandContext<unknown>, allowed: number): number {
  if (global.rolling) return 1;
  return typeof global.parallel === "number" ? global.parallel : allowed;
}

function watchInterrupts({ io }: CommandContext<unknown>, atOnce: boolean) {
  const controller = new AbortController();
  let count = 0;
  const ignore = io.onInterrupt(cause => {
    count += 1;
    if (atOnce || count > 1 || cause === "closed") controller.abort();
    else io.stderr.write("interrupted: no further host is asked; Ctrl-C again gives up those under way\n");
  });
  return { signal: controller.signal, interrupted: () => count > 0, ignore };
}
