import type { Step } from "../plan/model.ts";

/**
 * Whether a further stage may begin, asked before each with the number of instances that this attempt has worked on so far, once for each stage:
 * the reason why not, or undefined.
 */
export type PauseRule = (begun: number) => string | undefined;

/** The stages of a rolling plan that have begun, and whether more may. */
export class Stages {
  readonly #rule: PauseRule;
  readonly #begun = new Set<string>();
  readonly #taken = new Set<string>();
  #why: string | undefined;

  constructor(rule: PauseRule = () => undefined) {
    this.#rule = rule;
  }

  /** Why no further stage begins, once that is so. */
  get pausedBecause(): string | undefined {
    return this.#why;
  }

  /** Whether the step may begin; its stage has begun then. */
  admits({ stage, instance, id }: Step): boolean {
    if (stage === undefined) return true;
    if (!this.#begun.has(stage)) {
      this.#why ??= this.#rule(this.#taken.size);
      if (this.#why !== undefined) return false;
      this.#begun.add(stage);
    }
    this.#taken.add(JSON.stringify([stage, instance ?? id]));
    return true;
  }

  /** Whether the step is of a stage that has not begun. */
  isToCome({ stage }: Step): boolean {
    return stage !== undefined && !this.#begun.has(stage);
  }
}
