import type { Milliseconds } from "../base/units.ts";
import type { WorkLimits } from "./performer.ts";

/** The longest wait for a connection on the host's own network, or for an answer over it. */
const LONGEST: Milliseconds = 10_000;

/** The limits of opening a connection that the host makes, within those of the step. */
export function forwardTimeout({ deadline, signal }: Pick<WorkLimits, "deadline" | "signal">): {
  timeout: Milliseconds;
  signal: AbortSignal;
} {
  return { timeout: Math.max(1, Math.min(LONGEST, deadline - Date.now())), signal };
}
