import type { ChalkInstance } from "chalk";
import { foldNames } from "../base/host-ranges.ts";
import { formatDuration, type Milliseconds } from "../base/units.ts";
import type { StepOutcome } from "../engine/events.ts";

/** An outcome in words, coloured; the words carry it all. */
export function describeOutcome(outcome: StepOutcome, colors: ChalkInstance): string {
  if (outcome.kind === "changed") {
    return outcome.note === undefined
      ? colors.green("changed")
      : `${colors.green("changed")}, ${outcome.note}`;
  }
  if (outcome.kind === "unchanged") return colors.dim(`unchanged, ${outcome.reason}`);
  if (outcome.kind === "failed") return colors.red(`failed, ${outcome.reason}`);
  if (outcome.kind === "blocked") return colors.yellow(`blocked by ${outcome.by}`);
  return colors.yellow(`not started, ${outcome.reason}`);
}

/** Elapsed time that is redrawn every second: `3s`, not `3.2s`. */
export function wholeSeconds(duration: Milliseconds): string {
  return duration < 1000 ? "0s" : formatDuration(Math.floor(duration / 1000) * 1000).replace(".0s", "s");
}

/** What goes on after an interrupt, as the beginning of what does not; empty where nothing does. */
export function describeInHand(inHand: readonly string[] | undefined): string {
  return inHand === undefined
    ? ""
    : `${foldNames(inHand)} ${inHand.length === 1 ? "is" : "are"} brought to an end, `;
}
