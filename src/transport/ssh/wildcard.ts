/** Whether a text matches one pattern of ssh_config(5) or sshd(8): `*` is any text, `?` one character, letters of either case. */
export function matchesWildcard(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "is").test(text);
}

/** A pattern list: at least one pattern matches, and none of those that start with `!`. */
export function matchesPatternList(patterns: readonly string[], text: string): boolean {
  const refused = patterns.some(
    pattern => pattern.startsWith("!") && matchesWildcard(pattern.slice(1), text),
  );
  return !refused && patterns.some(pattern => !pattern.startsWith("!") && matchesWildcard(pattern, text));
}
