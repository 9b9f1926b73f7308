import type { Action, LogFile, Probe } from "./model.ts";

/** What is done as some account. */
export type Work = Action | Probe | LogFile;

/** Adds an account to an action, a probe or a log, where there is one; a gate asks its probe and reads its log as that account. */
export function runAs<W extends Work>(account: string | undefined, work: W): W {
  if (account === undefined) return work;
  if (!("kind" in work) || work.kind !== "wait") return { ...work, runAs: account };
  const log = work.log === undefined ? {} : { log: runAs(account, work.log) };
  return { ...work, probe: runAs(account, work.probe), ...log };
}
