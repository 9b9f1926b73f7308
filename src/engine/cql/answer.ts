import type { ProbeAnswer } from "../performer.ts";
import { CqlError } from "./failure.ts";

/** What a question over CQL that failed says of the node. Rethrows what is no failure of CQL. */
export function answerOfFailure(error: unknown): ProbeAnswer {
  if (!(error instanceof CqlError)) throw error;
  const isOpen = error.kind === "open" || error.kind === "refused-login";
  return { holds: isOpen ? "unknown" : "no", evidence: error.message };
}
