import { OperatorError } from "../../base/operator-error.ts";
import { nodesOf } from "../../services/cassandra/ring.ts";
import type { Site } from "../load.ts";

/** Throws an OperatorError (exit 2) for a deployment without a database. */
export function requireRing({ deployment }: Site): void {
  if (nodesOf(deployment).length > 0) return;
  throw new OperatorError(`${deployment.name} has no cassandra, so it has no ring`, {
    code: "SERVICE_UNKNOWN",
    hint: `smc -d ${deployment.name} inventory  shows what it has`,
  });
}
