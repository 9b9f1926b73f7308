import type { Action } from "../../plan/model.ts";
import type { Executor } from "../registry.ts";

/** Executes CQL statements. */
export const cql: Executor<Extract<Action, { kind: "cql" }>> = () =>
  Promise.resolve({ kind: "failed", reason: "this smc cannot execute CQL yet" });
