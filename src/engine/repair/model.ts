/** How one attempt at a command went. `refused`: it did not begin, and trying again at once is of no use. */
export interface RepairAttempt {
  kind: "ok" | "failed" | "unknown" | "refused";
  reason: string;
  /** The nodes may still be at it. */
  mayStillRun: boolean;
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** The end of what nodetool wrote. */
  output: string;
  /** What the operator can do. */
  hint?: string;
}
