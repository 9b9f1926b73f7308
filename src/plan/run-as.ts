import type { Action, Probe } from "./model.ts";

/** Adds an account to an action or a probe, where there is one; a gate asks its probe as that account. */
export function runAs<Work extends Action | Probe>(account: string | undefined, work: Work): Work {
  if (account === undefined) return work;
  return work.kind === "wait" ? { ...work, probe: runAs(account, work.probe) } : { ...work, runAs: account };
}
