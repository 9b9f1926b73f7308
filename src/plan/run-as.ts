import type { Action, LogFile, Probe } from "./model.ts";

/** What is done as some account. */
export type Work = Action | Probe | LogFile;

/** Adds an account to an action, a probe or a log, where there is one; a gate asks its probe as that account. */
export function runAs<W extends Work>(account: string | undefined, work: W): W {
  if (account === undefined) return work;
  const isGate = "kind" in work && work.kind === "wait";
  return isGate ? { ...work, probe: runAs(account, work.probe) } : { ...work, runAs: account };
}
