import type { EngineEvent, RunOutcome } from "../../src/engine/events.ts";
import type { ActionResult, Performer, ProbeAnswer } from "../../src/engine/performer.ts";
import type { EarlierAttempts } from "../../src/engine/recall.ts";
import { runPlan } from "../../src/engine/run.ts";
import type { PauseRule } from "../../src/engine/stages.ts";
import type { Action, Plan, Probe, Step } from "../../src/plan/model.ts";

/**
 * A world of facts. The actions of its steps are `run set FACT`, `run clear FACT`, `run fail` and `run hang`, its
 * probes `command is FACT` and `command never`.
 */
export class SimulatedWorld implements Performer {
  readonly facts = new Set<string>();
  /** The titles of steps whose action ran, in order; undos as `undo TITLE`. */
  readonly performed: string[] = [];
  readonly asked: string[] = [];
  underWay = 0;
  mostUnderWay = 0;

  async perform(step: Step, action: Action, limits: { signal: AbortSignal }): Promise<ActionResult> {
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    await Promise.resolve();
    if (action.kind === "run" && action.argv[0] === "hang") await aborted(limits.signal);
    this.underWay -= 1;
    return this.#do(step, action);
  }

  async ask(_step: Step, probe: Probe): Promise<ProbeAnswer> {
    await Promise.resolve();
    if (probe.kind !== "command") throw new Error(`no probe ${probe.kind} here`);
    const [word = "", fact = ""] = probe.argv;
    this.asked.push(fact);
    if (word === "unknown") return { holds: "unknown", evidence: "no answer" };
    return this.facts.has(fact)
      ? { holds: "yes", evidence: `${fact} is so` }
      : { holds: "no", evidence: `${fact} is not so` };
  }

  #do(step: Step, action: Action): ActionResult {
    if (action.kind === "wait") {
      const [, fact = ""] = action.probe.kind === "command" ? action.probe.argv : [];
      this.asked.push(fact);
      return this.facts.has(fact)
        ? { kind: "unchanged", reason: "holds" }
        : { kind: "failed", reason: `${fact} is not so` };
    }
    if (action.kind !== "run") throw new Error(`no action ${action.kind} here`);
    this.performed.push(action === step.undo ? `undo ${step.id}` : step.id);
    const [word, fact = ""] = action.argv;
    if (word === "set") this.facts.add(fact);
    if (word === "clear") this.facts.delete(fact);
    if (word === "hang") return { kind: "failed", reason: "told to stop" };
    return word === "fail" ? { kind: "failed", reason: "as told" } : { kind: "changed" };
  }
}

export const set = (fact: string): Action => ({ kind: "run", argv: ["set", fact] });
export const clear = (fact: string): Action => ({ kind: "run", argv: ["clear", fact] });
export const fail: Action = { kind: "run", argv: ["fail"] };
export const hang: Action = { kind: "run", argv: ["hang"] };
export const is = (fact: string): Probe => ({ kind: "command", argv: ["is", fact] });
export const gate = (fact: string): Action => ({ kind: "wait", probe: is(fact), interval: 1 });

/** One attempt at a plan in such a world. */
export interface Attempt {
  outcome: RunOutcome;
  events: EngineEvent[];
  /** `changed`, `failed` … by step. */
  outcomes: Record<string, string>;
}

/** What an attempt may be told beside its plan. */
export interface AttemptOptions {
  earlier?: EarlierAttempts;
  drain?: AbortSignal;
  stop?: AbortSignal;
  pause?: PauseRule;
  listener?: (event: EngineEvent) => void;
  record?: (event: EngineEvent) => Promise<void>;
}

export async function attempt(
  plan: Plan,
  performer: Performer,
  options: AttemptOptions = {},
): Promise<Attempt> {
  const events: EngineEvent[] = [];
  const outcome = await runPlan({
    plan,
    run: "run-1",
    performer,
    listener: event => {
      events.push(event);
      options.listener?.(event);
    },
    record: options.record ?? (() => Promise.resolve()),
    drain: options.drain ?? new AbortController().signal,
    stop: options.stop ?? new AbortController().signal,
    ...(options.pause === undefined ? {} : { pause: options.pause }),
    ...(options.earlier === undefined ? {} : { earlier: options.earlier }),
  });
  const ends = events.flatMap(event =>
    event.type === "step-ended" ? [[event.step, event.outcome.kind]] : [],
  );
  return { outcome, events, outcomes: Object.fromEntries(ends) };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
