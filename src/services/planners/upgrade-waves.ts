import type { HostName } from "../../base/names.ts";
import { decideRestart, type RingDecision, type RingRule } from "./ring-rule.ts";

/** The nodes that are to go to another release. */
export interface GoingNodes {
  up: readonly HostName[];
  /** Not up, and brought back by going. */
  down: readonly HostName[];
}

/**
 * Decides the waves. Nodes that are not up take nothing away: they come first, together, and the others go as if these were back, which
 * the gate after that wave sees to. Throws an OperatorError (exit 3) as `decideRestart` does.
 */
export function decideUpgrade(rule: RingRule, { up, down }: GoingNodes, width: number): RingDecision {
  const { ring } = rule;
  const back = ring.nodes.map(node => (down.includes(node.host) ? { ...node, state: "up" as const } : node));
  const decision = decideRestart({ ...rule, ring: { ...ring, nodes: back } }, up, width);
  return {
    ...decision,
    ring,
    waves: [...(down.length === 0 ? [] : [down]), ...decision.waves],
    away: ring.nodes.filter(({ state }) => state !== "up"),
  };
}
