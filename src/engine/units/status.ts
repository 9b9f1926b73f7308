import type { Bytes } from "../../base/units.ts";

/** What a unit is right now. */
export interface UnitStatus {
  /** `failed`: it ended though nobody stopped it. `unknown`: the question was not answered, or it is just starting. */
  state: "running" | "stopped" | "failed" | "unknown";
  /** Milliseconds since the epoch; when it came to run. */
  since?: number;
  pid?: number;
  memory?: Bytes;
  /** Differs between two starts of the unit: systemd's invocation and main pid, or pid, start time and boot. */
  identity?: string;
  /** It still runs and is being stopped. */
  ending?: true;
  /** It has ended, and nothing but a new start brings it back. */
  ended?: true;
  /** What was seen, for people. */
  evidence: string;
}

export function unknownStatus(evidence: string): UnitStatus {
  return { state: "unknown", evidence };
}
