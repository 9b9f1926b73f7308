import { describe, expect, it } from "vitest";
import type { EngineEvent } from "../../src/engine/events.ts";
import { makePlan, makeStep } from "../helpers/make-plan.ts";
import { attempt, clear, fail, gate, hang, set, SimulatedWorld } from "../helpers/simulated-world.ts";

/** Two nodes, one after the other: each is sent away, drained, stopped, started and waited for, or put back. */
const rolling = (start = set("one up")) =>
  makePlan(
    [
      makeStep("one away", { action: set("one away"), undo: clear("one away") }),
      makeStep("one drain", { needs: ["one away"], action: set("one drained"), inHand: "one" }),
      makeStep("one stop", { needs: ["one drain"], action: clear("one up"), inHand: "one" }),
      makeStep("one start", { needs: ["one stop"], action: start, inHand: "one" }),
      makeStep("one ready", { needs: ["one start"], action: gate("one up"), inHand: "one" }),
      makeStep("one back", {
        rescues: ["one drain", "one stop", "one start", "one ready"],
        action: set("one back"),
        inHand: "one",
      }),
      makeStep("two drain", { needs: ["one ready"], action: set("two drained"), inHand: "two" }),
      makeStep("two stop", { needs: ["two drain"], action: clear("two up"), inHand: "two" }),
    ],
    { onFailure: "continue" },
  );

/** Aborts when that step is at that point. */
function interruptAt(step: string, type: EngineEvent["type"] = "step-started") {
  const controller = new AbortController();
  const listener = (event: EngineEvent): void => {
    if (event.type === type && "step" in event && event.step === step) controller.abort();
  };
  return { drain: controller.signal, listener };
}

describe("an interrupt while something is in hand", () => {
  it.each(["one drain", "one stop", "one start", "one ready"])(
    "at %s lets that come to its end, and nothing else begin",
    async at => {
      const world = new SimulatedWorld();
      const { outcome, outcomes } = await attempt(rolling(), world, interruptAt(at));
      expect(world.performed).toEqual(["one away", "one drain", "one stop", "one start"]);
      expect(outcomes).toMatchObject({ "one ready": "unchanged", "two drain": "not-started" });
      expect(outcome.kind).toBe("interrupted");
    },
  );

  it("puts back what fails after it", async () => {
    const world = new SimulatedWorld();
    const { outcome, outcomes } = await attempt(rolling(fail), world, interruptAt("one stop"));
    expect(world.performed.at(-1)).toBe("one back");
    expect(outcome.kind).toBe("failed");
    expect(outcomes).toMatchObject({ "one start": "failed", "one back": "changed" });
  });

  it("begins nothing of what was not in hand yet, and undoes what was prepared", async () => {
    const world = new SimulatedWorld();
    await attempt(rolling(), world, interruptAt("one away"));
    expect(world.performed).toEqual(["one away", "undo one away"]);
  });

  it("says what is brought to its end", async () => {
    const { events } = await attempt(rolling(), new SimulatedWorld(), interruptAt("one stop"));
    expect(events.find(({ type }) => type === "stopping")).toMatchObject({ inHand: ["one"] });
  });

  const inTurn = (until?: string) => ({ turn: { group: "vpn", ...(until === undefined ? {} : { until }) } });

  it("lets what waits for its turn have it", async () => {
    const plan = makePlan([
      makeStep("a", { inHand: "one", action: set("a"), ...inTurn() }),
      makeStep("b", { inHand: "one", action: set("b"), ...inTurn() }),
      makeStep("c", { inHand: "one", needs: ["b"], action: set("c") }),
    ]);
    const world = new SimulatedWorld();
    const { outcome } = await attempt(plan, world, interruptAt("a", "step-ended"));
    expect(world.performed).toEqual(["a", "b", "c"]);
    expect(outcome.kind).toBe("done");
  });

  it("ends where of what is in hand each waits for the turn of another", async () => {
    const plan = makePlan([
      makeStep("a", { inHand: "one", action: set("a"), ...inTurn("z") }),
      makeStep("b", { inHand: "one", action: set("b"), ...inTurn() }),
      makeStep("z", { inHand: "one", needs: ["b"], action: set("z") }),
      makeStep("not in hand", { needs: ["z"], action: set("more") }),
    ]);
    const world = new SimulatedWorld();
    const { outcome } = await attempt(plan, world, interruptAt("b", "step-waiting"));
    expect(world.performed).toEqual(["a"]);
    expect(outcome.kind).toBe("interrupted");
  });

  it("counts what an earlier attempt had begun", async () => {
    const world = new SimulatedWorld();
    world.facts.add("one away");
    const earlier = {
      completed: new Set(["one away", "one drain"]),
      confirmed: new Set<string>(),
      changed: new Set(["one away", "one drain", "one stop"]),
      taken: new Set<string>(),
    };
    await attempt(rolling(), world, { earlier, ...interruptAt("one drain", "step-ended") });
    expect(world.performed).toEqual(["one stop", "one start"]);
  });

  it("is over at once when the operator says so a second time", async () => {
    const world = new SimulatedWorld();
    const stop = new AbortController();
    const { drain, listener } = interruptAt("one stop");
    const told = (event: EngineEvent): void => {
      listener(event);
      if (event.type === "step-started" && event.step === "one start") stop.abort();
    };
    const options = { drain, stop: stop.signal, listener: told };
    const { outcome, outcomes } = await attempt(rolling(hang), world, options);
    expect(outcome.kind).toBe("interrupted");
    expect(outcomes).toMatchObject({
      "one start": "failed",
      "one ready": "not-started",
      "one back": "not-started",
    });
  });
});
