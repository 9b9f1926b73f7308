import type { Milliseconds } from "../base/units.ts";
import type { Stall } from "../plan/model.ts";
import type { ProbeAnswer } from "./performer.ts";

/** Watches whether what is waited for still gets on, by the answers to a probe. Times are milliseconds since the epoch. */
export class StallWatch {
  readonly #limits: Stall;
  readonly #seen = new Set<string>();
  /** When it last got on, or nobody could tell. */
  #movedAt: Milliseconds;
  /** When it last told anything. */
  #toldAt: Milliseconds;

  constructor(limits: Stall, now: Milliseconds) {
    this.#limits = limits;
    this.#movedAt = now;
    this.#toldAt = now;
  }

  /**
   * The limit that is over with this answer: nothing has moved for so long. What was seen before is no movement: a program that
   * is started over and over tells the same again and again. A host that cannot be asked may be getting on.
   */
  over({ progress }: ProbeAnswer, now: Milliseconds): Milliseconds | undefined {
    if (progress === undefined || (progress !== "" && !this.#seen.has(progress))) this.#movedAt = now;
    if (progress !== "") this.#toldAt = now;
    if (progress !== undefined) this.#seen.add(progress);
    const { silent, still } = this.#limits;
    if (now - this.#toldAt >= silent) return silent;
    return now - this.#movedAt >= still ? still : undefined;
  }
}
