/**
 * One word of a systemd command line (systemd.service(5), "Command lines"): in double quotes, with what systemd would
 * expand in it taken literally: `%` specifiers, `$` variables, C escapes.
 */
export function quoteExecWord(word: string): string {
  return `"${escape(word).replaceAll("$", "$$$$")}"`;
}

/** One assignment of `Environment=` (systemd.exec(5)): `$` has no meaning there, so it stays as it is. */
export function quoteAssignment(name: string, value: string): string {
  return `"${name}=${escape(value)}"`;
}

/** A path or text that systemd takes as it is, but for `%` specifiers. */
export function literal(text: string): string {
  return text.replaceAll("%", "%%");
}

function escape(text: string): string {
  return literal(text)
    .replaceAll("\\", "\\\\")
    .replaceAll('"', String.raw`\"`)
    .replaceAll("\n", String.raw`\n`)
    .replaceAll("\t", String.raw`\t`);
}
