import { OperatorError } from "../../base/operator-error.ts";
import type { ProbeAnswer } from "../performer.ts";

/**
 * What a connection that could not be opened, or broke, says. Refused, or no such socket, is a no of the host;
 * anything else leaves the question open. Rethrows what is a bug.
 */
export function describeConnectFailure(error: unknown, place: string): ProbeAnswer {
  if (!(error instanceof Error)) throw error;
  const chain = causes(error);
  const has = (code: string): boolean => chain.some(cause => "code" in cause && cause.code === code);
  // An sshd that connects for us sends the words of its own connect(2), not the code.
  const refused = has("ECONNREFUSED") || chain.some(({ message }) => /connection refused/i.test(message));
  if (refused) return { holds: "no", evidence: `connection refused on ${place}` };
  if (has("ENOENT")) return { holds: "no", evidence: `${place} is not there` };
  if (has("ECONNRESET")) return { holds: "no", evidence: `${place} ended the connection without an answer` };
  // node:http could not parse what came.
  if (chain.some(cause => "code" in cause && String(cause.code).startsWith("HPE_"))) {
    return { holds: "no", evidence: `${place} does not answer in HTTP` };
  }
  const isOfSystem = chain.some(cause => "syscall" in cause || cause.name === "AbortError");
  if (error instanceof OperatorError || isOfSystem) return { holds: "unknown", evidence: error.message };
  throw error;
}

/** The error and what caused it, in turn. */
function causes(error: Error): Error[] {
  return error.cause instanceof Error ? [error, ...causes(error.cause)] : [error];
}
