import type { Probe } from "../../plan/model.ts";
import type { Prober } from "../registry.ts";
import { runOptions } from "../run-options.ts";
import { unitStatus } from "../units/unit-statuses.ts";

/** Holds when the unit runs, or when nothing of it does; `not` asks for another start of it than that one. */
export const unit: Prober<Extract<Probe, { kind: "unit" }>> = async (probe, context) => {
  const status = await unitStatus(context.connection, probe.unit, runOptions(context, probe.runAs));
  const { state, identity, evidence } = status;
  if (state === "unknown") return { holds: "unknown", evidence };
  if (probe.state === "stopped") return { holds: state === "running" ? "no" : "yes", evidence };
  if (state === "running" && probe.not !== undefined && identity === probe.not) {
    return { holds: "no", evidence: `${evidence}, still the one from before` };
  }
  return { holds: state === "running" ? "yes" : "no", evidence };
};
