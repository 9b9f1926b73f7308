import { OperatorError } from "../base/operator-error.ts";
import type { Secret } from "../base/secret.ts";
import { quoteForShell } from "../base/shell.ts";
import type { Milliseconds } from "../base/units.ts";

/** Ends the password on stdin, so that what sudo did not read never reaches the command. */
const END_OF_PASSWORD = "smc: end of the password";

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export interface ShellCommandOptions {
  env?: Readonly<Record<string, string>>;
  directory?: string;
  /** The deadline that the host itself keeps; absent: the caller keeps it. */
  timeout?: Milliseconds;
}

export interface RemoteCommandOptions extends ShellCommandOptions {
  loginUser: string;
  runAs?: string;
  /** The password that sudo asks the login user for; absent: sudo must not ask. */
  password?: Secret;
}

export interface RemoteCommand {
  /** One line for the POSIX shell that sshd starts. It never holds a secret. */
  line: string;
  /** What goes to stdin before the command's own input; it may hold the password. */
  stdinPrefix: string;
}

/**
 * Writes an argument vector as one line for `/bin/sh`, which becomes the command: messages in the C locale, and at the
 * deadline SIGKILL to the command and to the children in its process group (GNU timeout). Variables show in `ps` on the host.
 * Throws an OperatorError for a variable name that a shell does not take, and for NUL.
 */
export function buildShellCommand(argv: readonly string[], options: ShellCommandOptions): string {
  const steps = options.directory === undefined ? [] : [quoteForShell(["cd", "--", options.directory])];
  steps.push(`export ${exportedVariables({ LC_ALL: "C", ...options.env })}`);
  const limit = options.timeout === undefined ? [] : ["timeout", "-s", "KILL", seconds(options.timeout)];
  steps.push(`exec ${quoteForShell([...limit, ...argv])}`);
  const line = steps.join(" && ");
  if (line.includes("\0"))
    throw new OperatorError("a command holds a NUL character, which no argument can carry", {
      code: "ARGUMENT_INVALID",
    });
  return line;
}

/**
 * The same, run as another user when `runAs` differs from the login user: by sudo, or by runuser where the login user is root,
 * because a minimal host has no sudo. The deadline is kept below sudo, where it may kill what runs there.
 */
export function buildRemoteCommand(argv: readonly string[], options: RemoteCommandOptions): RemoteCommand {
  const inner = buildShellCommand(argv, options);
  if (options.runAs === undefined || options.runAs === options.loginUser)
    return { line: inner, stdinPrefix: "" };
  if (options.loginUser === "root")
    return { line: become(["runuser", "-u", options.runAs], inner), stdinPrefix: "" };
  if (options.password === undefined)
    return { line: become(["sudo", "-n", "-u", options.runAs], inner), stdinPrefix: "" };
  return {
    // -k: always ask, whatever was asked before; a password that sudo did not want is skipped by the inner shell.
    line: become(["sudo", "-k", "-S", "-p", "", "-u", options.runAs], `${skipPassword()}; ${inner}`),
    stdinPrefix: `${options.password.reveal()}\n${END_OF_PASSWORD}\n`,
  };
}

function become(words: readonly string[], inner: string): string {
  return `export LC_ALL=C && exec ${quoteForShell([...words, "--", "sh", "-c", inner])}`;
}

function skipPassword(): string {
  return `while IFS= read -r line && [ "$line" != ${quoteForShell([END_OF_PASSWORD])} ]; do :; done`;
}

function exportedVariables(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => {
      if (!VARIABLE_NAME.test(name))
        throw new OperatorError(`"${name}" is not a name for an environment variable`, {
          code: "ENV_NAME_INVALID",
          hint: "Use letters, digits and underscores, and no digit first.",
        });
      return `${name}=${quoteForShell([value])}`;
    })
    .join(" ");
}

function seconds(duration: Milliseconds): string {
  return String(Math.max(duration, 1) / 1000);
}
