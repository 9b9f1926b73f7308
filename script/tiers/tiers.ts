import type { Requirement } from "./requirements.ts";

/** A tier of the tests: one vitest project, and what it needs of the machine. */
export interface Tier {
  name: string;
  requirements: readonly Requirement[];
  /** At this many milliseconds the tier is ended and counts as failed. */
  deadline: number;
}

const MINUTE = 60_000;

/** In the order in which they run: what fails fast first. */
export const TIERS: readonly Tier[] = [{ name: "unit", requirements: [], deadline: 5 * MINUTE }];
