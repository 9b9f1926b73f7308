import { describe, expect, it } from "vitest";
import { makePlan, makeStep } from "../helpers/make-plan.ts";
import { attempt, clear, fail, gate, hang, is, set, SimulatedWorld } from "../helpers/simulated-world.ts";

describe("order", () => {
  it("runs a step after what it needs, and counts what came of it", async () => {
    const world = new SimulatedWorld();
    const plan = makePlan([
      makeStep("ready", { action: gate("up"), needs: ["start"] }),
      makeStep("start", { action: set("up"), needs: ["put"] }),
      makeStep("put", { action: set("file"), done: is("file") }),
    ]);
    const { outcome, outcomes, events } = await attempt(plan, world);
    expect(world.performed).toEqual(["put", "start"]);
    expect(outcomes).toEqual({ put: "changed", start: "changed", ready: "unchanged" });
    expect(outcome).toMatchObject({ kind: "done", counts: { changed: 2, unchanged: 1, failed: 0 } });
    expect(events.map(({ type }) => type)).toEqual([
      "run-started",
      ...Array.from({ length: 3 }, () => ["step-started", "step-ended"]).flat(),
      "run-ended",
    ]);
  });

  it("leaves a step whose `done` holds, and says why", async () => {
    const world = new SimulatedWorld();
    world.facts.add("up");
    const { events } = await attempt(makePlan([makeStep("start", { action: fail, done: is("up") })]), world);
    expect(world.performed).toEqual([]);
    expect(events).toContainEqual(
      expect.objectContaining({ outcome: { kind: "unchanged", reason: "up is so" } }),
    );
  });

  it("confirms a change whose `done` holds afterwards, and only that", async () => {
    const plan = makePlan([
      makeStep("a", { action: set("a"), done: is("a") }),
      makeStep("b", { action: set("b"), done: is("something else") }),
    ]);
    const { events } = await attempt(plan, new SimulatedWorld());
    const outcomes = events.flatMap(event => (event.type === "step-ended" ? [event.outcome] : []));
    expect(outcomes).toEqual([{ kind: "changed", confirmed: true }, { kind: "changed" }]);
  });

  it("runs a step with `whenChanged` only when one of those changed", async () => {
    const world = new SimulatedWorld();
    world.facts.add("old");
    const plan = makePlan([
      makeStep("put old", { action: set("old"), done: is("old") }),
      makeStep("put new", { action: set("new"), done: is("new") }),
      makeStep("reload for old", { whenChanged: ["put old"] }),
      makeStep("reload for both", { whenChanged: ["put old", "put new"] }),
    ]);
    const { outcomes } = await attempt(plan, world);
    expect(outcomes).toMatchObject({ "reload for old": "unchanged", "reload for both": "changed" });
  });

  it("keeps the limits in all and on each host", async () => {
    const world = new SimulatedWorld();
    const onTwoHosts = Array.from({ length: 12 }, (_, index) =>
      makeStep(`s${index}`, { host: `host${index % 2}`, action: set("x") }),
    );
    await attempt(makePlan(onTwoHosts, { limits: { total: 3, perHost: 9, turns: {} } }), world);
    expect(world.mostUnderWay).toBe(3);
    const other = new SimulatedWorld();
    await attempt(makePlan(onTwoHosts, { limits: { total: 9, perHost: 1, turns: {} } }), other);
    expect(other.mostUnderWay).toBe(2);
    expect(other.performed).toHaveLength(12);
  });
});

describe("turns", () => {
  const ring = (name: string, words = {}): ReturnType<typeof makeStep>[] => [
    makeStep(`start ${name}`, {
      action: set(name),
      turn: { group: "ring", until: `ready ${name}`, unless: is(`member ${name}`) },
      ...words,
    }),
    makeStep(`ready ${name}`, { action: gate(name), needs: [`start ${name}`], kind: `ready ${name}` }),
  ];

  it("gives turns in plan order and holds each until the later step has ended", async () => {
    const world = new SimulatedWorld();
    const prepare = makeStep("prepare", { action: set("disk") });
    const plan = makePlan([prepare, ...ring("a", { needs: ["prepare"] }), ...ring("b"), ...ring("c")]);
    const { events, outcome } = await attempt(plan, world);
    expect(outcome.kind).toBe("done");
    expect(world.performed).toEqual(["prepare", "start a", "start b", "start c"]);
    const ends = events.flatMap(event => (event.type === "step-ended" ? [event.step] : []));
    expect(ends.indexOf("ready a")).toBeLessThan(ends.indexOf("start b"));
    expect(ends.indexOf("ready b")).toBeLessThan(ends.indexOf("start c"));
  });

  it("lets steps that need no turn go at once", async () => {
    const world = new SimulatedWorld();
    ["member a", "member b", "member c"].forEach(fact => world.facts.add(fact));
    await attempt(makePlan([...ring("a"), ...ring("b"), ...ring("c")]), world);
    expect(world.mostUnderWay).toBe(3);
  });

  it("passes on a turn whose step failed or never came", async () => {
    const world = new SimulatedWorld();
    const steps = [...ring("a", { action: fail }), ...ring("b", { needs: ["start a"] }), ...ring("c")];
    const plan = makePlan(steps, { onFailure: "continue" });
    const { outcomes } = await attempt(plan, world);
    expect(outcomes).toMatchObject({ "start a": "failed", "start b": "blocked", "start c": "changed" });
  });

  it("gives nobody a turn after one whose end is not known: it may still go on", async () => {
    const joining = ring("a").map(step => (step.id === "ready a" ? { ...step, action: fail } : step));
    const plan = makePlan([...joining, ...ring("b"), ...ring("c")], { onFailure: "continue" });
    const { outcomes } = await attempt(plan, new SimulatedWorld());
    expect(outcomes).toMatchObject({
      "start a": "changed",
      "ready a": "failed",
      "start b": "not-started",
      "start c": "not-started",
    });
  });

  it("ends a plan whose turns wait for each other, instead of hanging", async () => {
    const turn = (until: string) => ({ group: "g", until });
    const plan = makePlan(
      [
        makeStep("a", { turn: turn("z") }),
        makeStep("b", { turn: turn("z") }),
        makeStep("c", { turn: turn("c") }),
        makeStep("z", { needs: ["c"] }),
      ],
      { limits: { total: 9, perHost: 9, turns: { g: 2 } } },
    );
    const { outcome, outcomes } = await attempt(plan, new SimulatedWorld());
    expect(outcome.kind).toBe("failed");
    expect(outcomes).toEqual({ a: "changed", b: "changed", c: "not-started", z: "not-started" });
  });
});

describe("failure", () => {
  it("blocks what needs the failed step, names the first cause, and lets `after` go on", async () => {
    const plan = makePlan([
      makeStep("a", { action: fail }),
      makeStep("b", { needs: ["a"] }),
      makeStep("c", { needs: ["b"] }),
      makeStep("d", { after: ["a", "c"] }),
    ]);
    const { events, outcome } = await attempt(plan, new SimulatedWorld());
    const ends = events.flatMap(event => (event.type === "step-ended" ? [[event.step, event.outcome]] : []));
    expect(Object.fromEntries(ends)).toEqual({
      a: { kind: "failed", reason: "as told" },
      b: { kind: "blocked", by: "a" },
      c: { kind: "blocked", by: "a" },
      d: { kind: "changed" },
    });
    expect(outcome.kind).toBe("failed");
  });

  it.each([
    [2, "changed"],
    [3, "blocked"],
  ])("needs %i of three when one failed: %s", async (atLeast, expected) => {
    const plan = makePlan([
      makeStep("a"),
      makeStep("b", { action: fail }),
      makeStep("c"),
      makeStep("hub", { needsSome: [{ of: ["a", "b", "c"], atLeast }] }),
    ]);
    const { outcomes } = await attempt(plan, new SimulatedWorld());
    expect(outcomes["hub"]).toBe(expected);
  });

  const oneByOne = { total: 1, perHost: 1, turns: {} };

  it("starts no more steps of the kind that failed, others go on", async () => {
    const steps = [
      makeStep("start a", { action: fail }),
      makeStep("start b"),
      makeStep("start c", { after: ["start a"] }),
      makeStep("other d"),
    ];
    const { outcomes, events } = await attempt(makePlan(steps, { limits: oneByOne }), new SimulatedWorld());
    expect(outcomes).toEqual({
      "start a": "failed",
      "start b": "not-started",
      "start c": "not-started",
      "other d": "changed",
    });
    expect(events).toContainEqual(expect.objectContaining({ type: "stopping", reason: "failure" }));
  });

  it("goes on with the kind when told to", async () => {
    const steps = [makeStep("start a", { action: fail }), makeStep("start b")];
    const plan = makePlan(steps, { limits: oneByOne, onFailure: "continue" });
    expect((await attempt(plan, new SimulatedWorld())).outcomes).toEqual({
      "start a": "failed",
      "start b": "changed",
    });
  });

  it("lets steps of the kind that are under way finish", async () => {
    const steps = [makeStep("start a", { action: fail }), makeStep("start b", { action: set("b") })];
    const world = new SimulatedWorld();
    expect((await attempt(makePlan(steps), world)).outcomes["start b"]).toBe("changed");
  });

  it("ends a step at its deadline though its work never answers", async () => {
    const world = new SimulatedWorld();
    const plan = makePlan([makeStep("slow", { action: hang, timeout: 20 })]);
    expect((await attempt(plan, world)).outcomes).toEqual({ slow: "failed" });
  });

  it("fails a step whose start cannot be recorded, and starts no other", async () => {
    const world = new SimulatedWorld();
    const record = (event: { type: string }): Promise<void> =>
      event.type === "step-started" ? Promise.reject(new Error("disk full")) : Promise.resolve();
    const { outcomes } = await attempt(makePlan([makeStep("a"), makeStep("b", { needs: ["a"] })]), world, {
      record,
    });
    expect(world.performed).toEqual([]);
    expect(outcomes).toEqual({ a: "failed", b: "blocked" });
  });

  it("drains and rejects when the end of a step cannot be recorded", async () => {
    const world = new SimulatedWorld();
    const record = (event: { type: string }): Promise<void> =>
      event.type === "step-ended" ? Promise.reject(new Error("disk full")) : Promise.resolve();
    const plan = makePlan([makeStep("a"), makeStep("b", { needs: ["a"] }), makeStep("c", { needs: ["b"] })]);
    await expect(attempt(plan, world, { record })).rejects.toThrow("disk full");
    expect(world.performed).not.toContain("c");
  });
});

describe("undo", () => {
  const around = (restart: Partial<ReturnType<typeof makeStep>>): ReturnType<typeof makeStep>[] => [
    makeStep("out", { action: clear("in"), undo: set("in") }),
    makeStep("drained", { action: gate("idle"), needs: ["out"] }),
    makeStep("restart", { needs: ["drained"], ...restart }),
  ];

  it("puts back what was taken out when the gate before the restart fails", async () => {
    const world = new SimulatedWorld();
    const { events, outcomes } = await attempt(makePlan(around({})), world);
    expect(outcomes).toEqual({ out: "changed", drained: "failed", restart: "blocked" });
    expect(world.facts.has("in")).toBe(true);
    const types = events.slice(-3).map(({ type }) => type);
    expect(types).toEqual(["undo-started", "undo-ended", "run-ended"]);
  });

  it("puts back what was taken out even when that cannot be recorded, and tells the loss", async () => {
    const world = new SimulatedWorld();
    const record = (event: { type: string }): Promise<void> =>
      event.type.startsWith("undo") ? Promise.reject(new Error("disk full")) : Promise.resolve();
    await expect(attempt(makePlan(around({})), world, { record })).rejects.toThrow("disk full");
    expect(world.facts.has("in")).toBe(true);
  });

  it("leaves it out when the restart was begun", async () => {
    const world = new SimulatedWorld();
    world.facts.add("idle");
    await attempt(makePlan(around({ action: fail })), world);
    expect(world.performed).toEqual(["out", "restart"]);
  });

  it("does nothing after a run that went well", async () => {
    const world = new SimulatedWorld();
    await attempt(makePlan([makeStep("out", { action: set("x"), undo: clear("x") })]), world);
    expect(world.performed).toEqual(["out"]);
  });
});

describe("interrupt", () => {
  it("finishes the steps under way, starts no more, and undoes", async () => {
    const world = new SimulatedWorld();
    const drain = new AbortController();
    const plan = makePlan([
      makeStep("a", { action: set("a"), undo: clear("a") }),
      makeStep("b", { needs: ["a"] }),
      makeStep("c", { after: ["b"] }),
    ]);
    const { outcome, outcomes, events } = await attempt(plan, world, {
      drain: drain.signal,
      listener: event => {
        if (event.type === "step-started" && event.step === "a") drain.abort();
      },
    });
    expect(outcomes).toEqual({ a: "changed", b: "not-started", c: "not-started" });
    expect(outcome.kind).toBe("interrupted");
    expect(world.performed).toEqual(["a", "undo a"]);
    expect(events).toContainEqual(
      expect.objectContaining({ type: "stopping", reason: "interrupt", underWay: ["a"] }),
    );
  });

  it("starts nothing when it comes before the first step", async () => {
    const world = new SimulatedWorld();
    const { outcome } = await attempt(makePlan([makeStep("a")]), world, { drain: AbortSignal.abort() });
    expect(outcome).toMatchObject({ kind: "interrupted", counts: { notStarted: 1 } });
    expect(world.performed).toEqual([]);
  });

  it("is done when nothing was left to start", async () => {
    const drain = new AbortController();
    const { outcome } = await attempt(makePlan([makeStep("a")]), new SimulatedWorld(), {
      drain: drain.signal,
      listener: event => {
        if (event.type === "step-started") drain.abort();
      },
    });
    expect(outcome.kind).toBe("done");
  });

  it("stops the steps under way at once the second time, and undoes nothing", async () => {
    const world = new SimulatedWorld();
    const stop = new AbortController();
    const plan = makePlan([
      makeStep("out", { action: set("x"), undo: clear("x") }),
      makeStep("slow", { action: hang, needs: ["out"], timeout: 60_000 }),
      makeStep("next", { after: ["slow"] }),
    ]);
    const { outcomes, outcome } = await attempt(plan, world, {
      stop: stop.signal,
      listener: event => {
        if (event.type === "step-started" && event.step === "slow") setTimeout(() => stop.abort(), 5);
      },
    });
    expect(outcomes).toEqual({ out: "changed", slow: "failed", next: "not-started" });
    expect(outcome.kind).toBe("interrupted");
    expect(world.performed).toEqual(["out", "slow"]);
  });
});
