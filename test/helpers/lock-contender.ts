// A process of its own that wants the lock whenever its parent says so, and gives it back when told.
import { OperatorError } from "../../src/base/operator-error.ts";
import { takeLock, type Lock, type LockRequest } from "../../src/state/lock.ts";

/** What a contender answers: it has the lock, or who has it and with which code it would exit. */
export type Answer = { got: true } | { got: false; details: readonly string[]; exit: number };

let lock: Lock | undefined;

process.on("message", (message: { take: LockRequest } | "release") => {
  void (message === "release" ? release() : take(message.take));
});

async function take(request: LockRequest): Promise<void> {
  try {
    lock = await takeLock(request);
    answer({ got: true });
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    answer({ got: false, details: error.details, exit: error.exit });
  }
}

async function release(): Promise<void> {
  await lock?.release();
  lock = undefined;
  process.send?.("released");
}

function answer(words: Answer): void {
  process.send?.(words);
}
