import type { ProbeContext } from "../registry.ts";

const LONGEST = 160;

/**
 * The end of some output on one line, for evidence. What a program may have been given secrets for is redacted by the
 * context before it is cut: the end of a secret is not known as one.
 */
export function excerpt(text: string, context?: Pick<ProbeContext, "redact">): string {
  const line = (context?.redact(text) ?? text).trim().replaceAll(/\s+/g, " ");
  return line.length <= LONGEST ? line : `… ${line.slice(-LONGEST)}`;
}
