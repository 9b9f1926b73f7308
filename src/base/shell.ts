import { quote } from "shell-quote";

/**
 * Writes an argument vector as one line for a POSIX shell. `/bin/sh` is dash on Debian, so bash-only
 * quoting (`$'…'`, as zx writes it) must not be used for anything that leaves this machine.
 */
export function quoteForShell(argv: readonly string[]): string {
  return quote([...argv]);
}
