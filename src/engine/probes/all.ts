import type { Probe } from "../../plan/model.ts";
import type { Prober } from "../registry.ts";

/** Holds when all of them hold; the first that does not gives the answer, and the ones after it are not asked. */
export const all: Prober<Extract<Probe, { kind: "all" }>> = async ({ probes }, context) => {
  const evidence: string[] = [];
  for (const probe of probes) {
    const answer = await context.ask(probe);
    if (answer.holds !== "yes") return answer;
    if (answer.evidence !== "") evidence.push(answer.evidence);
  }
  return { holds: "yes", evidence: evidence.join(", ") };
};
