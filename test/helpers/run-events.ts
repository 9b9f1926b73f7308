import type { EngineEvent, RunOutcome, StepOutcome } from "../../src/engine/events.ts";
import type { Plan, Step } from "../../src/plan/model.ts";

/** A plan of steps that do nothing, one for each kind on each host. */
export function planOf(kinds: readonly string[], hosts: readonly string[]): Plan {
  return {
    version: 1,
    command: ["start", "cassandra"],
    deployment: "cloud",
    createdAt: "2026-01-01T00:00:00.000Z",
    hosts: {},
    limits: { total: 10, perHost: 1, turns: {} },
    onFailure: "halt",
    relies: { inventory: "", instances: {} },
    steps: kinds.flatMap(kind => hosts.map(host => stepOf(kind, host))),
  };
}

function stepOf(kind: string, host: string): Step {
  return {
    id: `${kind}@${host}`,
    title: `${kind} on ${host}`,
    kind,
    host,
    action: { kind: "run", argv: ["true"] },
    needs: [],
    after: [],
    timeout: 60_000,
  };
}

/** The events of one run, written short: times are seconds since its start. */
export const events = {
  started: (plan: Plan): EngineEvent => ({ type: "run-started", run: "r1", plan, at: 0, resumed: false }),
  begin: (step: string, at = 0): EngineEvent => ({
    type: "step-started",
    step,
    host: step.split("@")[1] ?? "",
    at: at * 1000,
  }),
  wait: (step: string, evidence: string, at = 0): EngineEvent => ({
    type: "step-waiting",
    step,
    evidence,
    elapsed: at * 1000,
    at: at * 1000,
  }),
  end: (step: string, outcome: StepOutcome = { kind: "changed" }, at = 1): EngineEvent => ({
    type: "step-ended",
    step,
    outcome,
    duration: at * 1000,
    at: at * 1000,
  }),
  over: (
    kind: RunOutcome["kind"],
    counts: Partial<RunOutcome["counts"]> = {},
    duration = 65_000,
  ): EngineEvent => ({
    type: "run-ended",
    run: "r1",
    at: duration,
    outcome: {
      kind,
      counts: { changed: 0, unchanged: 0, failed: 0, blocked: 0, notStarted: 0, ...counts },
      duration,
    },
  }),
};
