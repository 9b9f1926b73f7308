import type { InstanceName, HostName } from "../base/names.ts";
import type { Milliseconds } from "../base/units.ts";
import type { Plan, StepId } from "../plan/model.ts";

/** How a step ended. `unchanged`: it was needless. `blocked`: a step that it needs failed. `not-started`: the run stopped before it. */
export type StepOutcome =
  /** `note`: what the operator should know of how it went. `confirmed`: its `done` held afterwards, so a resumed run may ask it. */
  | { kind: "changed"; note?: string; confirmed?: boolean }
  | { kind: "unchanged"; reason: string }
  /** `log`: a line that says of what, and the end of that log; it may differ where the cause is the same. */
  | { kind: "failed"; reason: string; hint?: string; output?: string; log?: string }
  | { kind: "blocked"; by: StepId }
  | { kind: "not-started"; reason: "interrupted" | "halted" | "paused" };

/** What the engine tells its listeners: the report, the journal. Times are milliseconds since the epoch. */
export type EngineEvent =
  | { type: "run-started"; run: string; plan: Plan; at: number; resumed: boolean }
  | { type: "step-started"; step: StepId; host: HostName; instance?: InstanceName; at: number }
  /** A gate or a readiness wait still does not hold; `evidence` is the last answer. */
  | { type: "step-waiting"; step: StepId; evidence: string; elapsed: Milliseconds; at: number }
  | { type: "step-ended"; step: StepId; outcome: StepOutcome; duration: Milliseconds; at: number }
  /** `inHand`: what is brought to its end all the same. */
  | {
      type: "stopping";
      reason: StopReason;
      underWay: readonly StepId[];
      inHand?: readonly string[];
      at: number;
    }
  /** As was asked for, no further stage begins. */
  | { type: "pausing"; why: string; at: number }
  | { type: "undo-started"; step: StepId; at: number }
  | { type: "undo-ended"; step: StepId; outcome: StepOutcome; at: number }
  | { type: "run-ended"; run: string; outcome: RunOutcome; at: number };

export type StopReason = "interrupt" | "failure";

export interface RunOutcome {
  /** `paused`: what was begun went well, and as was asked for no more was begun. */
  kind: "done" | "failed" | "interrupted" | "paused";
  counts: { changed: number; unchanged: number; failed: number; blocked: number; notStarted: number };
  duration: Milliseconds;
}

export type EventListener = (event: EngineEvent) => void;
