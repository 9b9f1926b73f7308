import { describe, expect, it } from "vitest";
import { foldAttempts } from "../../src/engine/attempts.ts";
import { makePlan, makeStep } from "../helpers/make-plan.ts";
import { attempt, clear, fail, gate, is, set, SimulatedWorld } from "../helpers/simulated-world.ts";

/** One that stops a program, starts another, and starts the first again when that fails; and a next one. */
const upgrade = (action = set("new")) =>
  makePlan([
    makeStep("stop", { action: set("stopped"), done: is("stopped") }),
    makeStep("start", { needs: ["stop"], action }),
    makeStep("ready", { needs: ["start"], action: gate("new") }),
    makeStep("put back", { rescues: ["stop", "start", "ready"], action: clear("stopped") }),
    makeStep("old started", { rescues: ["stop", "start", "ready"], needs: ["put back"], action: set("old") }),
    makeStep("next", { needs: ["ready"], action: set("next") }),
  ]);

describe("a step that rescues others", () => {
  it("does nothing while none of them fails", async () => {
    const world = new SimulatedWorld();
    const { outcomes } = await attempt(upgrade(), world);
    expect(world.performed).toEqual(["stop", "start", "next"]);
    expect(outcomes).toMatchObject({ "put back": "unchanged", "old started": "unchanged" });
  });

  it.each([
    ["fails", fail, "blocked"],
    ["never becomes ready", clear("new"), "failed"],
  ])("runs when one of them %s; nothing that follows does", async (_, action, ready) => {
    const world = new SimulatedWorld();
    const { outcomes, outcome } = await attempt(upgrade(action), world);
    expect(world.performed).toEqual(["stop", "start", "put back", "old started"]);
    expect(outcomes).toMatchObject({ ready, "old started": "changed", next: "blocked" });
    expect(outcome.kind).toBe("failed");
  });

  it("lets a later attempt begin anew with what it put back, and put it back again", async () => {
    const world = new SimulatedWorld();
    const first = await attempt(upgrade(fail), world);
    const earlier = foldAttempts(upgrade(fail), first.events);
    expect([...earlier.completed]).toEqual([]);
    world.performed.length = 0;
    await attempt(upgrade(fail), world, { earlier });
    expect(world.performed).toEqual(["stop", "start", "put back", "old started"]);
  });

  it("is ready for a later attempt when it was not needed, and makes nobody look at what is done again", async () => {
    const world = new SimulatedWorld();
    const drain = new AbortController();
    const first = await attempt(upgrade(), world, {
      drain: drain.signal,
      listener: event => {
        if (event.type === "step-ended" && event.step === "ready") drain.abort();
      },
    });
    const earlier = foldAttempts(upgrade(), first.events);
    expect(earlier.completed.has("put back")).toBe(false);
    world.performed.length = 0;
    // It was started since, so this is rightly no longer so.
    world.facts.delete("stopped");
    const second = await attempt(upgrade(), world, { earlier });
    expect(second.outcome.kind).toBe("done");
    expect(world.performed).toEqual(["next"]);
  });
});
