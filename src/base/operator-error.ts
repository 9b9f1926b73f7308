import { ExitCode } from "./exit-code.ts";

export interface OperatorErrorOptions {
  /** A stable upper-case name such as `SELECTION_EMPTY`, for scripts that read `--json`. */
  code: string;
  exit?: ExitCode;
  /** What to type or change next. */
  hint?: string;
  /** One line for each single problem, when there are several. */
  details?: readonly string[];
  cause?: unknown;
}

/** A failure that the operator can act on: what happened, why, and the next command. Any other thrown value is a bug in smc. */
export class OperatorError extends Error {
  readonly code: string;
  readonly exit: ExitCode;
  readonly hint: string | undefined;
  readonly details: readonly string[];

  constructor(message: string, options: OperatorErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "OperatorError";
    this.code = options.code;
    this.exit = options.exit ?? ExitCode.Usage;
    this.hint = options.hint;
    this.details = options.details ?? [];
  }
}
