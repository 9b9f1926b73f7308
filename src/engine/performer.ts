import type { Action, Probe, Step } from "../plan/model.ts";
import type { StepOutcome } from "./events.ts";

/** What came of an action. */
export type ActionResult = Extract<StepOutcome, { kind: "changed" | "unchanged" | "failed" }>;

/** The answer to a probe. `unknown`: the question did not reach what could answer it; that is never a no. */
export interface ProbeAnswer {
  holds: "yes" | "no" | "unknown";
  /** What was seen, for people: `connection refused on 127.0.0.1:9042`. */
  evidence: string;
  /** With a no: all that was said, where the evidence is only the end of it. */
  output?: string;
  /** With a no: waiting changes nothing, so a gate need not wait for its deadline. */
  final?: true;
  /** What becomes another as long as the host gets on; empty where it tells nothing, absent where it could not be asked. */
  progress?: string;
}

/** The limits that one piece of work must keep. */
export interface WorkLimits {
  /** Aborts at the deadline, and when the operator wants to stop now. */
  signal: AbortSignal;
  /** Milliseconds since the epoch. */
  deadline: number;
  /** Tells why the work still waits. */
  waiting: (evidence: string) => void;
}

/** Does what the engine decides: the engine itself knows only of order, limits and outcomes. */
export interface Performer {
  perform(step: Step, action: Action, limits: WorkLimits): Promise<ActionResult>;
  ask(step: Step, probe: Probe, limits: WorkLimits): Promise<ProbeAnswer>;
}
