import { describe, expect, it } from "vitest";
import type { EngineEvent } from "../../src/engine/events.ts";
import type { Plan } from "../../src/plan/model.ts";
import { describeRest, estimateRest } from "../../src/report/estimate.ts";
import { beginProgress, recordEvent, type RunProgress } from "../../src/report/progress.ts";
import { events, planOf } from "../helpers/run-events.ts";

/** The restart of three hosts, one stage each, one after the other. */
const plan: Plan = {
  ...planOf(["restart"], ["a", "b", "c"]),
  steps: planOf(["restart", "ready"], ["a", "b", "c"]).steps.map(step => ({ ...step, stage: step.host })),
};
const took = (step: string, from: number, seconds: number): EngineEvent[] => [
  events.begin(step, from),
  {
    type: "step-ended",
    step,
    outcome: { kind: "changed" },
    duration: seconds * 1000,
    at: (from + seconds) * 1000,
  },
];

function after(...following: readonly EngineEvent[]): RunProgress {
  const first = events.started(plan);
  if (first.type !== "run-started") throw new Error("the first event starts the run");
  const progress = beginProgress(first);
  for (const event of following) recordEvent(progress, event);
  return progress;
}

describe("estimateRest", () => {
  const first = [...took("restart@a", 0, 10), ...took("ready@a", 10, 30)];

  it("is nothing until each kind of step has been measured once", () => {
    expect(estimateRest(after(), 0)).toBeUndefined();
    expect(estimateRest(after(...took("restart@a", 0, 10)), 10_000)).toBeUndefined();
    expect(estimateRest(after(...first), 40_000)).toBe(80_000);
  });

  it("takes what an earlier run measured until then, and never after", () => {
    const earlier = new Map([
      ["restart", 1000],
      ["ready", 2000],
    ]);
    expect(estimateRest(after(), 0, earlier)).toBe(9000);
    expect(estimateRest(after(...first), 40_000, earlier)).toBe(80_000);
  });

  it("counts what is under way for what it still needs, and at least for nothing", () => {
    const inSecond = [...first, events.begin("restart@b", 40)];
    expect(estimateRest(after(...inSecond), 44_000)).toBe(76_000);
    expect(estimateRest(after(...inSecond), 90_000)).toBe(70_000);
  });

  it("takes steps to run side by side as they did so far", () => {
    const together = [
      ...took("restart@a", 0, 10),
      ...took("restart@b", 0, 10),
      ...took("ready@a", 10, 30),
      ...took("ready@b", 10, 30),
    ];
    expect(estimateRest(after(...together), 40_000)).toBe(20_000);
  });

  it("learns nothing from what an earlier attempt did", () => {
    const kept = (step: string): EngineEvent => ({
      type: "step-ended",
      step,
      outcome: { kind: "unchanged", reason: "an earlier attempt did it" },
      duration: 0,
      at: 0,
    });
    expect(estimateRest(after(kept("restart@a"), kept("ready@a")), 1000)).toBeUndefined();
  });

  it("is only of runs with stages, and not of one that is over", () => {
    const started = events.started(planOf(["restart"], ["a"]));
    if (started.type !== "run-started") throw new Error("the first event starts the run");
    expect(estimateRest(beginProgress(started), 0, new Map([["restart", 1000]]))).toBeUndefined();
    expect(estimateRest(after(...first, events.over("failed")), 40_000)).toBeUndefined();
  });
});

describe("describeRest", () => {
  it.each([
    [undefined, undefined],
    [0, "about 1s left"],
    [12_300, "about 13s left"],
    [125_000, "about 2m 10s left"],
  ])("%s ms: %s", (rest, text) => {
    expect(describeRest(rest)).toBe(text);
  });
});
