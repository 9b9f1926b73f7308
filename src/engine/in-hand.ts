import type { Plan, Step, StepId } from "../plan/model.ts";

/** What is in hand: once one of its steps has begun, the others begin too, though the operator has interrupted the run. */
export class InHand {
  readonly #begun = new Set<string>();

  /** `changed`: steps that an earlier attempt at the plan changed. */
  constructor(plan: Plan, changed: ReadonlySet<StepId> = new Set()) {
    plan.steps.filter(({ id }) => changed.has(id)).forEach(step => this.begin(step));
  }

  begin({ inHand }: Step): void {
    if (inHand !== undefined) this.#begun.add(inHand);
  }

  has({ inHand }: Step): boolean {
    return inHand !== undefined && this.#begun.has(inHand);
  }
}
