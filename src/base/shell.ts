import { quote } from "shell-quote";

/**
 * Writes an argument vector as one line for a POSIX shell. `/bin/sh` is dash on Debian, so bash-only
 * quoting (`$'…'`, as zx writes it) must not be used for anything that leaves this machine.
 */
export function quoteForShell(argv: readonly string[]): string {
  return quote([...argv]);
}

/** Daemons live in sbin, which the PATH of a login user on Debian does not have. */
const SBIN_TOO = 'PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"';

/** The command that runs a script with its words where daemons are found too. */
export function shellWithDaemons(script: string, words: readonly string[]): string[] {
  return ["sh", "-c", `${SBIN_TOO}; ${script}`, "sh", ...words];
}

/** Marks a command on a host and all that it starts, in their environment; at its deadline, and on cancelling, all that carry it are killed. */
export const COMMAND_VARIABLE = "SMC_COMMAND";
