const ASKS_FOR_PASSWORD =
  /^sudo: (a password is required|a terminal is required|interactive authentication is required)/m;

/** What sudo and runuser write (in the C locale) when they refuse, with what it means to the operator. */
const REFUSALS: readonly { pattern: RegExp; meaning: string }[] = [
  { pattern: ASKS_FOR_PASSWORD, meaning: "sudo asks for a password" },
  { pattern: /^sudo: \d+ incorrect password attempts?/m, meaning: "sudo refused the password" },
  { pattern: /^sudo: no password was provided/m, meaning: "sudo refused the password" },
  { pattern: / is not in the sudoers file/m, meaning: "the login user is not in the sudoers file" },
  { pattern: /^Sorry, user \S+ (is not allowed to|may not run)/m, meaning: "sudo does not allow this user" },
  { pattern: /^sudo: sorry, you must have a tty/m, meaning: "sudo wants a terminal (requiretty)" },
  { pattern: /^sudo: (error initializing|The "no new privileges")/m, meaning: "sudo does not work" },
  { pattern: /^sudo: unknown user/m, meaning: "the user does not exist on the host" },
  { pattern: /^runuser: user \S+ does not exist/m, meaning: "the user does not exist on the host" },
  { pattern: /\b(sudo|runuser): (not found|command not found)$/m, meaning: "the host has no such program" },
];

/** The exit codes of sudo and runuser for their own failures, and the shell's for a missing sudo. */
const OWN_FAILURES: ReadonlySet<number> = new Set([1, 127]);

/** Why sudo or runuser ran nothing; undefined when the exit code is the command's own. */
export function explainRefusal(code: number, stderr: string): string | undefined {
  if (!OWN_FAILURES.has(code)) return undefined;
  const refusal = REFUSALS.find(({ pattern }) => pattern.test(stderr));
  if (refusal === undefined) return undefined;
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return `${refusal.meaning} (${said})`;
}

/** Whether sudo ran nothing only because it was given no password. */
export function asksForPassword(code: number, stderr: string): boolean {
  return OWN_FAILURES.has(code) && ASKS_FOR_PASSWORD.test(stderr);
}
