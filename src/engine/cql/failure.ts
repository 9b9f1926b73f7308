import { OperatorError } from "../../base/operator-error.ts";

/**
 * Why CQL did not answer. `absent`: nothing listens. `refused-login`: the node knows the user or password not.
 * `not-able`: the node answered that it cannot now, for the lack of replicas or because it is still starting.
 * `wrong`: the node answered that the statement is wrong. `open`: the question did not get through, or no answer came.
 */
export type CqlFailureKind = "absent" | "refused-login" | "not-able" | "wrong" | "open";

/** An answer that did not come, in words for people. */
export class CqlError extends OperatorError {
  readonly kind: CqlFailureKind;

  constructor(kind: CqlFailureKind, message: string, options: { cause?: unknown; hint?: string } = {}) {
    super(message, { code: `CQL_${kind.toUpperCase().replace("-", "_")}`, ...options });
    this.kind = kind;
  }
}

/** Error codes of the native protocol (specification v4, section 9). */
const SYNTAX_ERROR = 0x2000;
const AUTHENTICATION_ERROR = 0x0100;
/** A node that has just joined is not yet so for all others; Cassandra 5.0 calls the statement wrong meanwhile. */
const NOT_YET = /while some endpoints are not in normal state/;
const WRONG_LOGIN = /incorrect|is not permitted to log in|bad credentials/i;

/** Puts an error of the driver, or of the bridge that it talked through, into one of the kinds. Rethrows what is a bug. */
export function toCqlError(error: unknown, place: string): CqlError {
  if (error instanceof CqlError) return error;
  const errors = chainOf(error);
  const described = errors.map(one => describe(one, place)).find(found => found !== undefined);
  if (described !== undefined) return described;
  const [first] = errors;
  if (first === undefined || first instanceof TypeError || first instanceof RangeError) throw error;
  return new CqlError("open", `${place} gave no answer: ${first.message}`, { cause: error });
}

/** An error with all that it was caused by, the innermost first: the driver keeps the reason of each host in `innerErrors`. */
function chainOf(error: unknown): Error[] {
  if (!(error instanceof Error)) return [];
  const inner = "innerErrors" in error && typeof error.innerErrors === "object" ? error.innerErrors : {};
  const info = "additionalInfo" in error ? [error.additionalInfo] : [];
  return [...info, ...Object.values(inner ?? {}), error.cause].flatMap(chainOf).concat(error);
}

function describe(error: Error, place: string): CqlError | undefined {
  const code = "code" in error ? error.code : undefined;
  if (code === "ECONNREFUSED" || /connection refused/i.test(error.message)) {
    return new CqlError("absent", `connection refused on ${place}`, { cause: error });
  }
  if (error.name !== "ResponseError" || typeof code !== "number") return undefined;
  return new CqlError(kindOf(code, error.message), `${place} answered: ${error.message}`, { cause: error });
}

function kindOf(code: number, message: string): CqlFailureKind {
  if (code === AUTHENTICATION_ERROR) return WRONG_LOGIN.test(message) ? "refused-login" : "not-able";
  return code >= SYNTAX_ERROR && !NOT_YET.test(message) ? "wrong" : "not-able";
}
