import type { Probe } from "../../plan/model.ts";
import type { Prober } from "../registry.ts";

/** Holds when one of them does; the ones after it are not asked. Without such a one it is unknown as long as one of them is. */
export const any: Prober<Extract<Probe, { kind: "any" }>> = async ({ probes }, context) => {
  const evidence: string[] = [];
  let holds: "no" | "unknown" = "no";
  for (const probe of probes) {
    const answer = await context.ask(probe);
    if (answer.holds === "yes") return answer;
    if (answer.holds === "unknown") holds = "unknown";
    if (answer.evidence !== "") evidence.push(answer.evidence);
  }
  return { holds, evidence: evidence.join(", ") };
};
