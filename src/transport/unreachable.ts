import { OperatorError } from "../base/operator-error.ts";
import type { CommandEnd, UnreachableCause } from "./model.ts";

/** Why no connection came about. Never leaves the transport: commands get it as their end, `forward` as an OperatorError. */
export class UnreachableError extends Error {
  readonly why: UnreachableCause;
  readonly hint: string | undefined;
  /** Whether the same attempt may succeed a moment later: a throttled sshd, a resolver that dropped a question. */
  readonly passing: boolean;

  constructor(
    cause: UnreachableCause,
    reason: string,
    options: { hint?: string; passing?: boolean; cause?: unknown } = {},
  ) {
    super(reason, { cause: options.cause });
    this.name = "UnreachableError";
    this.why = cause;
    this.hint = options.hint;
    this.passing = options.passing ?? false;
  }
}

/** The host is connected and opens no further channel: too many sessions, or a forward that it cannot or may not make. */
export class ChannelRefused extends UnreachableError {
  readonly said: string;

  constructor(said: string) {
    super("protocol", `the host refused a channel: ${said}`);
    this.said = said;
  }
}

/** The command never began: no place became free for it before its deadline, or it was cancelled first. */
export class NotStarted extends Error {
  readonly end: CommandEnd;

  constructor(end: CommandEnd) {
    super(`not started: ${end.kind}`);
    this.name = "NotStarted";
    this.end = end;
  }
}

/**
 * What the work of connecting gives. A file of this machine that cannot be read or written, or a configuration that ssh
 * refuses, is the reason why this one host is not reached: it must not take the answers of the others away.
 */
export async function orUnreachable<T>(connecting: () => Promise<T>): Promise<T> {
  try {
    return await connecting();
  } catch (error) {
    throw asUnreachable(error);
  }
}

/** The end of a command that could not be started. */
export function unreachableEnd(error: UnreachableError): CommandEnd {
  const end = { kind: "unreachable", cause: error.why, reason: error.message } as const;
  return error.hint === undefined ? end : { ...end, hint: error.hint };
}

/** The connection went away after a command was sent and before the host said that it runs: nobody knows whether it did. */
export class LostError extends Error {
  override readonly name = "LostError";
}

function asUnreachable(error: unknown): unknown {
  if (error instanceof OperatorError) {
    const reason = [error.message, ...error.details].join("; ");
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return new UnreachableError("protocol", reason, { ...hint, cause: error });
  }
  return isSystemError(error) ? new UnreachableError("protocol", error.message, { cause: error }) : error;
}

/** What the operating system refused, as opposed to a mistake of smc, has the name of the system call. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string";
}
