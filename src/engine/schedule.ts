import { dependentsOf, endsFirst } from "../plan/dependencies.ts";
import type { Plan, Step, StepId } from "../plan/model.ts";
import type { StepOutcome } from "./events.ts";

/** What follows for a step: it may begin, or it ends without having begun. */
export type Verdict = { kind: "ready"; step: Step } | { kind: "ends"; step: Step; outcome: StepOutcome };

/** Who may begin after whom. Pure: it is told how steps ended and says what follows. */
export class Schedule {
  readonly #plan: Plan;
  readonly #dependents: ReadonlyMap<StepId, readonly Step[]>;
  /** How many steps each step still waits for. */
  readonly #open: Map<StepId, number>;
  readonly #outcomes = new Map<StepId, StepOutcome>();
  readonly #decided = new Set<StepId>();
  readonly #changed: Set<StepId>;

  /** `changed`: steps that an earlier attempt at the plan changed, for those that run only then. */
  constructor(plan: Plan, changed: Iterable<StepId> = []) {
    this.#plan = plan;
    this.#dependents = dependentsOf(plan);
    this.#open = new Map(plan.steps.map(step => [step.id, endsFirst(step).length]));
    this.#changed = new Set(changed);
  }

  get outcomes(): ReadonlyMap<StepId, StepOutcome> {
    return this.#outcomes;
  }

  /** The steps that wait for nothing. */
  begin(): Verdict[] {
    return this.#plan.steps.flatMap(step => this.#decide(step) ?? []);
  }

  /** Takes how a step ended and gives what follows for the steps that waited for it. */
  end(id: StepId, outcome: StepOutcome): Verdict[] {
    this.#outcomes.set(id, outcome);
    this.#decided.add(id);
    if (outcome.kind === "changed") this.#changed.add(id);
    return (this.#dependents.get(id) ?? []).flatMap(step => {
      this.#open.set(step.id, (this.#open.get(step.id) ?? 0) - 1);
      return this.#decide(step, id) ?? [];
    });
  }

  /** Lets these steps not begin, as far as nothing is decided about them. */
  stop(which: (step: Step) => boolean, reason: "interrupted" | "halted" | "paused"): Verdict[] {
    const stopped = this.#plan.steps.filter(step => !this.#decided.has(step.id) && which(step));
    return stopped.map(step =>
      this.#verdict({ kind: "ends", step, outcome: { kind: "not-started", reason } }),
    );
  }

  /** `ended`: the step that has just ended. Only that one can be a need that failed: an earlier one decided the step. */
  #decide(step: Step, ended?: StepId): Verdict | undefined {
    if (this.#decided.has(step.id)) return undefined;
    if (ended !== undefined && !this.#succeeded(ended) && step.needs.includes(ended)) {
      return this.#verdict({ kind: "ends", step, outcome: this.#without(ended) });
    }
    if ((this.#open.get(step.id) ?? 0) > 0) return undefined;
    const short = (step.needsSome ?? []).find(
      ({ of, atLeast }) => of.filter(id => this.#succeeded(id)).length < atLeast,
    );
    const missing = short?.of.find(id => !this.#succeeded(id));
    if (missing !== undefined) return this.#verdict({ kind: "ends", step, outcome: this.#without(missing) });
    if (step.rescues !== undefined && !step.rescues.some(id => this.#outcomes.get(id)?.kind === "failed")) {
      const outcome = { kind: "unchanged", reason: "nothing failed that it would put back" } as const;
      return this.#verdict({ kind: "ends", step, outcome });
    }
    if (step.whenChanged !== undefined && !step.whenChanged.some(id => this.#changed.has(id))) {
      const outcome = { kind: "unchanged", reason: "nothing that it follows has changed" } as const;
      return this.#verdict({ kind: "ends", step, outcome });
    }
    return this.#verdict({ kind: "ready", step });
  }

  #verdict(verdict: Verdict): Verdict {
    this.#decided.add(verdict.step.id);
    return verdict;
  }

  #succeeded(id: StepId): boolean {
    const kind = this.#outcomes.get(id)?.kind;
    return kind === "changed" || kind === "unchanged";
  }

  /** The outcome of a step that cannot run without `id`; the step that failed in the first place is named. */
  #without(id: StepId): StepOutcome {
    const cause = this.#outcomes.get(id);
    if (cause?.kind === "blocked" || cause?.kind === "not-started") return cause;
    return { kind: "blocked", by: id };
  }
}
