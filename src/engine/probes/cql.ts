import type { Probe } from "../../plan/model.ts";
import type { Prober } from "../registry.ts";

/** Asks over CQL. */
export const cql: Prober<Extract<Probe, { kind: "cql" }>> = () =>
  Promise.resolve({ holds: "unknown", evidence: "this smc cannot ask over CQL yet" });
