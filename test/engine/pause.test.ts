import { describe, expect, it } from "vitest";
import type { Step } from "../../src/plan/model.ts";
import { makePlan, makeStep } from "../helpers/make-plan.ts";
import { attempt, fail, gate, set, SimulatedWorld } from "../helpers/simulated-world.ts";

/** An instance of a rolling plan: taken away, waited for; after the one before it where that is named. */
const instance = (name: string, before?: string, words: Partial<Step> = {}): Step[] => [
  makeStep(`restart ${name}`, {
    action: set(name),
    stage: name,
    instance: name,
    needs: before === undefined ? [] : [`ready ${before}`],
    ...words,
  }),
  makeStep(`ready ${name}`, { action: gate(name), needs: [`restart ${name}`] }),
];
const atMost = (most: number) => (begun: number) => (begun < most ? undefined : `${begun} are enough`);

describe("a pause", () => {
  const rolling = makePlan([
    ...instance("a"),
    ...instance("b", "a"),
    ...instance("c", "b"),
    makeStep("afterwards", { needs: ["ready c"] }),
  ]);

  it("ends what was begun, begins no more, and says why", async () => {
    const world = new SimulatedWorld();
    const { outcome, outcomes, events } = await attempt(rolling, world, { pause: atMost(2) });
    expect(world.performed).toEqual(["restart a", "restart b"]);
    expect(outcomes).toMatchObject({
      "ready b": "unchanged",
      "restart c": "not-started",
      afterwards: "not-started",
    });
    expect(outcome).toMatchObject({ kind: "paused", counts: { changed: 2, notStarted: 3, blocked: 0 } });
    expect(events.filter(({ type }) => type === "pausing")).toEqual([
      expect.objectContaining({ why: "2 are enough" }),
    ]);
  });

  it("is none when nothing was left", async () => {
    const { outcome } = await attempt(rolling, new SimulatedWorld(), { pause: atMost(3) });
    expect(outcome.kind).toBe("done");
  });

  it("lets the lanes that have begun come to their end, and is told once", async () => {
    const world = new SimulatedWorld();
    const plan = makePlan(["a", "b", "c", "d"].flatMap(name => instance(name)));
    const { outcomes, outcome, events } = await attempt(plan, world, { pause: atMost(2) });
    expect(world.performed).toEqual(["restart a", "restart b"]);
    expect(outcomes).toMatchObject({
      "ready a": "unchanged",
      "ready b": "unchanged",
      "ready d": "not-started",
    });
    expect(outcome.kind).toBe("paused");
    expect(events.filter(({ type }) => type === "pausing")).toHaveLength(1);
  });

  it("takes a stage as a whole, however many instances it has", async () => {
    const world = new SimulatedWorld();
    const wave = ["a", "b", "c"].flatMap(name => instance(name, undefined, { stage: "wave" }));
    await attempt(makePlan([...wave, ...instance("d", "c")]), world, { pause: atMost(1) });
    expect(world.performed).toEqual(["restart a", "restart b", "restart c"]);
  });

  it("hides no failure", async () => {
    const plan = makePlan([...instance("a", undefined, { action: fail }), ...instance("b")], {
      onFailure: "continue",
    });
    const { outcome } = await attempt(plan, new SimulatedWorld(), { pause: atMost(1) });
    expect(outcome.kind).toBe("failed");
  });

  it("goes on where it paused, and may pause again", async () => {
    const world = new SimulatedWorld();
    world.facts.add("a");
    const earlier = new Set(["restart a", "ready a"]);
    const { outcome } = await attempt(rolling, world, {
      pause: atMost(1),
      earlier: {
        completed: earlier,
        confirmed: new Set(),
        changed: new Set(["restart a"]),
        taken: new Set(),
      },
    });
    expect(world.performed).toEqual(["restart b"]);
    expect(outcome.kind).toBe("paused");
  });
});
