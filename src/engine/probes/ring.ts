import type { Probe } from "../../plan/model.ts";
import type { Prober } from "../registry.ts";

/** Asks over CQL. */
export const ring: Prober<Extract<Probe, { kind: "ring" }>> = () =>
  Promise.resolve({ holds: "unknown", evidence: "this smc cannot ask over CQL yet" });
