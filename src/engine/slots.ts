import type { HostName } from "../base/names.ts";
import type { Plan, Step } from "../plan/model.ts";

interface Waiting {
  step: Step;
  order: number;
  answer: (granted: boolean) => void;
}

/** The right to be under way: so many steps at once in all and on each host, given in plan order. */
export class Slots {
  readonly #limits: Plan["limits"];
  readonly #order: ReadonlyMap<Step, number>;
  readonly #onHost = new Map<HostName, number>();
  readonly #holders = new Set<Step>();
  #queue: Waiting[] = [];

  constructor(plan: Plan) {
    this.#limits = plan.limits;
    this.#order = new Map(plan.steps.map((step, index) => [step, index]));
  }

  /** Waits for a slot. Gives false when the wait was refused. */
  take(step: Step): Promise<boolean> {
    return new Promise(answer => {
      const order = this.#order.get(step) ?? 0;
      const later = this.#queue.findIndex(other => other.order > order);
      this.#queue.splice(later === -1 ? this.#queue.length : later, 0, { step, order, answer });
      this.#grant();
    });
  }

  /** Gives the slot of the step back, if it holds one. */
  release(step: Step): void {
    if (!this.#holders.delete(step)) return;
    this.#onHost.set(step.host, this.#usedOn(step.host) - 1);
    this.#grant();
  }

  /** Ends the waits of these steps. */
  refuse(which: (step: Step) => boolean): void {
    const refused = this.#queue.filter(({ step }) => which(step));
    this.#queue = this.#queue.filter(({ step }) => !which(step));
    refused.forEach(({ answer }) => answer(false));
  }

  #grant(): void {
    while (this.#holders.size < this.#limits.total) {
      const index = this.#queue.findIndex(({ step }) => this.#usedOn(step.host) < this.#limits.perHost);
      const [next] = index === -1 ? [] : this.#queue.splice(index, 1);
      if (next === undefined) return;
      this.#holders.add(next.step);
      this.#onHost.set(next.step.host, this.#usedOn(next.step.host) + 1);
      next.answer(true);
    }
  }

  #usedOn(host: HostName): number {
    return this.#onHost.get(host) ?? 0;
  }
}
