import { randomBytes } from "node:crypto";
import { COMMAND_VARIABLE } from "../base/shell.ts";

/**
 * Kills every process that carries the mark, also those that left the process group (setsid), which neither GNU timeout nor the
 * closing of the channel reaches. Linux only: /proc; elsewhere it finds nothing.
 */
const KILL_MARKED = `grep -lsxz -e "${COMMAND_VARIABLE}=$1" /proc/[0-9]*/environ | cut -d / -f 3 | xargs -r kill -KILL`;

/** A mark that no other command has. */
export function newCommandMark(): string {
  return randomBytes(8).toString("hex");
}

/** The command that ends what is left of a marked one; it must run as the user of that one. */
export function killMarkedCommand(mark: string): string[] {
  return ["sh", "-c", KILL_MARKED, "smc-kill", mark];
}
