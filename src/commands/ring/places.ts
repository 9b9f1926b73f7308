import { requirePlaces, type ExpectedNode } from "../../cassandra/ring/census.ts";
import { boundNodes } from "../../services/cassandra/ring.ts";
import type { RingDecision } from "../../services/planners/ring-rule.ts";
import type { AskedPlan, ServiceAsk } from "../service-verb.ts";

/** The nodes that a verb of services starts again with the places that the services file has for them, and that would not start in others. */
export function nodesAnew(
  { verb, site: { deployment } }: ServiceAsk,
  { ringHosts }: Pick<AskedPlan, "ringHosts">,
): readonly ExpectedNode[] {
  return verb === "restart" ? boundNodes(deployment, ringHosts) : [];
}

/** Throws an OperatorError (exit 3) where one of them would not start. */
export function requireSamePlaces(
  ask: ServiceAsk,
  asked: Pick<AskedPlan, "ringHosts">,
  decision: RingDecision | undefined,
): void {
  if (decision !== undefined) requirePlaces(decision.ring, nodesAnew(ask, asked));
}
