const LONGEST = 160;

/** The end of some output on one line, for evidence. */
export function excerpt(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  return line.length <= LONGEST ? line : `… ${line.slice(-LONGEST)}`;
}
