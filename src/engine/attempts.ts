import type { Plan, Step, StepId } from "../plan/model.ts";
import type { EngineEvent } from "./events.ts";
import type { EarlierAttempts } from "./recall.ts";

/**
 * What the events of all attempts at a plan say, oldest first. A step that failed, or began and whose end is not
 * known, may have changed something and is not completed; a gate never changes anything. A step whose undo began is as
 * if it had never run, and so are those that another one began to put back; that one is never completed itself. Once a gate
 * among these has seen the instance serve as before, all that took it away is to be done anew, what led up to that included; until then
 * it counts as taken away.
 */
export function foldAttempts(plan: Plan, events: Iterable<EngineEvent>): EarlierAttempts {
  const fold = new AttemptFold(plan);
  for (const event of events) fold.take(event);
  return fold.result();
}

class AttemptFold {
  readonly #gates: ReadonlySet<StepId>;
  readonly #rescues: ReadonlyMap<StepId, Step>;
  /** The rescues that are under way. */
  readonly #rescuing = new Set<StepId>();
  readonly #staged: readonly Step[];
  readonly #takes: ReadonlySet<StepId>;
  readonly #completed = new Set<StepId>();
  readonly #confirmed = new Set<StepId>();
  readonly #changed = new Set<StepId>();
  readonly #taken = new Set<StepId>();
  readonly #underWay = new Set<StepId>();

  constructor(plan: Plan) {
    this.#gates = new Set(plan.steps.filter(({ action }) => action.kind === "wait").map(({ id }) => id));
    this.#staged = plan.steps.filter(({ stage }) => stage !== undefined);
    this.#takes = new Set(this.#staged.map(({ id }) => id));
    this.#rescues = new Map(
      plan.steps.flatMap(step => (step.rescues === undefined ? [] : [[step.id, step]])),
    );
  }

  take(event: EngineEvent): void {
    if (event.type === "run-started") this.#leaveUnderWay();
    else if ("step" in event && this.#rescues.has(event.step)) this.#rescue(event, event.step);
    else if (event.type === "step-started") this.#underWay.add(event.step);
    else if (event.type === "undo-started") this.#return(event.step);
    else if (event.type === "step-ended") this.#end(event);
  }

  result(): EarlierAttempts {
    this.#leaveUnderWay();
    return {
      completed: this.#completed,
      confirmed: this.#confirmed,
      changed: this.#changed,
      taken: this.#taken,
    };
  }

  /** Only one that began has put something back; one that was not needed ends without. */
  #rescue(event: EngineEvent, id: StepId): void {
    const rescue = this.#rescues.get(id);
    if (event.type === "step-started") {
      this.#rescuing.add(id);
      rescue?.rescues?.forEach(other => this.#forget(other));
    }
    if (event.type !== "step-ended" || !this.#rescuing.delete(id)) return;
    const seen = rescue?.instance;
    if (seen === undefined || !this.#gates.has(id) || event.outcome.kind === "failed") return;
    const staged = this.#staged.filter(({ instance }) => instance === seen);
    staged.forEach(step => this.#return(step.id));
  }

  #end({ step, outcome }: Extract<EngineEvent, { type: "step-ended" }>): void {
    this.#underWay.delete(step);
    if (outcome.kind === "changed" || outcome.kind === "failed") this.#change(step);
    if (outcome.kind === "changed" || outcome.kind === "unchanged") this.#completed.add(step);
    if (outcome.kind === "changed" && outcome.confirmed === true) this.#confirmed.add(step);
    if (outcome.kind === "failed") [this.#completed, this.#confirmed].forEach(set => set.delete(step));
  }

  #change(step: StepId): void {
    if (this.#gates.has(step)) return;
    this.#changed.add(step);
    if (this.#takes.has(step)) this.#taken.add(step);
  }

  #return(step: StepId): void {
    this.#taken.delete(step);
    this.#forget(step);
  }

  #forget(step: StepId): void {
    [this.#completed, this.#confirmed, this.#changed].forEach(set => set.delete(step));
  }

  /** The attempt ended while these were under way. */
  #leaveUnderWay(): void {
    this.#rescuing.clear();
    this.#underWay.forEach(step => this.#change(step));
    this.#underWay.clear();
  }
}
