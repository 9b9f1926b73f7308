import type { Action } from "../plan/model.ts";

/** Sends a signal to the process that a program's own pid file names, on which it reads its configuration again. */
export function signalByPidFile(pidFile: string, signal: "HUP" | "USR2"): Action {
  return { kind: "run", argv: ["sh", "-c", `kill -${signal} "$(cat "$1")"`, "sh", pidFile] };
}
