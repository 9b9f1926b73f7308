import {
  array,
  assert,
  asyncProperty,
  boolean,
  constantFrom,
  integer,
  nat,
  pre,
  record,
  type Arbitrary,
} from "fast-check";
import { describe, expect, it } from "vitest";
import { foldAttempts } from "../../src/engine/attempts.ts";
import type { EngineEvent } from "../../src/engine/events.ts";
import type { ActionResult, Performer, ProbeAnswer } from "../../src/engine/performer.ts";
import type { Action, Plan, Probe, Step } from "../../src/plan/model.ts";
import { makePlan, makeStep } from "../helpers/make-plan.ts";
import {
  attempt,
  clear,
  fail,
  gate,
  is,
  set,
  SimulatedWorld,
  type Attempt,
} from "../helpers/simulated-world.ts";

/** A controller that is killed after so many of its moves: nothing that it waits for comes any more. */
class MortalController implements Performer {
  readonly world: SimulatedWorld;
  readonly journal: EngineEvent[];
  readonly death = Promise.withResolvers<"killed">();
  #moves: number;

  constructor(world: SimulatedWorld, journal: EngineEvent[], moves: number) {
    this.world = world;
    this.journal = journal;
    this.#moves = moves;
  }

  async perform(step: Step, action: Action, limits: { signal: AbortSignal }): Promise<ActionResult> {
    await this.#move();
    const result = await this.world.perform(step, action, limits);
    await this.#move();
    return result;
  }

  async ask(step: Step, probe: Probe): Promise<ProbeAnswer> {
    await this.#move();
    return this.world.ask(step, probe);
  }

  async record(event: EngineEvent): Promise<void> {
    await this.#move();
    this.journal.push(event);
  }

  #move(): Promise<void> {
    if (this.#moves === 0) this.death.resolve("killed");
    this.#moves -= 1;
    return this.#moves < 0 ? new Promise(() => {}) : Promise.resolve();
  }
}

/** One attempt by a controller that dies after so many moves, or ends before that. */
function attemptOf(plan: Plan, controller: MortalController, resumed: boolean): Promise<Attempt | "killed"> {
  const earlier = resumed ? { earlier: foldAttempts(plan, controller.journal) } : {};
  const whole = attempt(plan, controller, { ...earlier, record: event => controller.record(event) });
  return Promise.race([whole, controller.death.promise]);
}

interface StepShape {
  needs: number[];
  hasDone: boolean;
  isGate: boolean;
  /** It runs only when its first need changed something. */
  follows: boolean;
  turn: boolean;
}

const shape: Arbitrary<StepShape> = record({
  needs: array(nat(20), { maxLength: 3 }),
  hasDone: boolean(),
  isGate: constantFrom(false, false, true),
  follows: constantFrom(false, false, false, true),
  turn: constantFrom(false, false, true),
});

/** A plan in which each step that acts makes a fact of its own true, and gates ask for the facts of what they need. */
function planOf(shapes: readonly StepShape[]): Plan {
  const steps = shapes.map((words, index) => {
    const needs = [...new Set(words.needs.filter(() => index > 0).map(need => need % index))];
    const [first] = needs;
    const asked = first === undefined || shapes[first]?.isGate === true ? "always" : `fact ${first}`;
    return makeStep(`step ${index}`, {
      host: `host${index % 3}`,
      needs: needs.map(need => `step ${need}`),
      action: words.isGate ? gate(asked) : set(`fact ${index}`),
      ...(words.hasDone && !words.isGate ? { done: is(`fact ${index}`) } : {}),
      ...(words.follows && first !== undefined ? { whenChanged: [`step ${first}`] } : {}),
      ...(words.turn ? { turn: { group: "turn" } } : {}),
    });
  });
  return makePlan(steps, { limits: { total: 4, perHost: 2, turns: {} } });
}

function worldOf(facts: readonly number[]): SimulatedWorld {
  const world = new SimulatedWorld();
  world.facts.add("always");
  for (const fact of facts) world.facts.add(`fact ${fact}`);
  return world;
}

function factsOfFollowers(shapes: readonly StepShape[]): string[] {
  return shapes.flatMap(({ follows }, index) => (follows ? [`fact ${index}`] : []));
}

function completedIn(journal: readonly EngineEvent[]): string[] {
  return journal.flatMap(event =>
    event.type === "step-ended" && (event.outcome.kind === "changed" || event.outcome.kind === "unchanged")
      ? [event.step]
      : [],
  );
}

describe("a controller that is killed", () => {
  it("at any move, several times: resuming ends in the same state, and no completed step is repeated", async () => {
    let kills = 0;
    await assert(
      asyncProperty(
        array(shape, { minLength: 1, maxLength: 12 }),
        array(nat(12), { maxLength: 4 }),
        array(integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 3 }),
        async (...[shapes, facts, moves]) => {
          const plan = planOf(shapes);
          const undisturbed = worldOf(facts);
          const reference = await attempt(plan, undisturbed);
          // A gate may ask for what `whenChanged` kept from happening: such a plan fails without any kill.
          pre(reference.outcome.kind === "done");
          const world = worldOf(facts);
          const journal: EngineEvent[] = [];
          for (const [index, limit] of [...moves, Infinity].entries()) {
            const performedBefore = world.performed.length;
            const completed = new Set(completedIn(journal));
            const end = await attemptOf(plan, new MortalController(world, journal, limit), index > 0);
            const repeated = world.performed.slice(performedBefore).filter(step => completed.has(step));
            expect(repeated).toEqual([]);
            if (end === "killed") kills += 1;
            expect(end === "killed" ? "done" : end.outcome.kind).toBe("done");
          }
          expect([...undisturbed.facts].filter(fact => !world.facts.has(fact))).toEqual([]);
          // Killed while a step looked whether it is needless, what follows its changes runs to be on the safe side.
          const more = [...world.facts].filter(fact => !undisturbed.facts.has(fact));
          expect(more.filter(fact => !factsOfFollowers(shapes).includes(fact))).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
    expect(kills).toBeGreaterThan(100);
  });
});

describe("a resumed run", () => {
  const took = async (plan: Plan, world: SimulatedWorld, moves: number): Promise<EngineEvent[]> => {
    const journal: EngineEvent[] = [];
    await attemptOf(plan, new MortalController(world, journal, moves), false);
    return journal;
  };
  const resume = (plan: Plan, world: SimulatedWorld, journal: EngineEvent[]): Promise<Attempt> =>
    attempt(plan, world, { earlier: foldAttempts(plan, journal) });

  const rolling = makePlan(
    ["a", "b"].flatMap((name, index) => [
      makeStep(`out ${name}`, {
        action: clear(`in ${name}`),
        undo: set(`in ${name}`),
        needs: index === 0 ? [] : ["back a"],
      }),
      makeStep(`drained ${name}`, { action: gate(`idle`), needs: [`out ${name}`] }),
      makeStep(`restart ${name}`, { action: set(`new ${name}`), needs: [`drained ${name}`] }),
      makeStep(`ready ${name}`, { action: gate(`new ${name}`), needs: [`restart ${name}`] }),
      makeStep(`back ${name}`, { action: set(`in ${name}`), needs: [`ready ${name}`] }),
    ]),
  );

  it("never takes out again what was restarted and put back, wherever it was killed", async () => {
    for (let moves = 0; moves < 60; moves += 1) {
      const world = worldOf([]);
      ["idle", "in a", "in b"].forEach(fact => world.facts.add(fact));
      const journal = await took(rolling, world, moves);
      const { outcome } = await resume(rolling, world, journal);
      expect(outcome.kind).toBe("done");
      const afterBack = world.performed.slice(world.performed.indexOf("back a") + 1);
      expect(afterBack.filter(step => step.endsWith(" a") && step !== "back a")).toEqual([]);
      expect([...world.facts].sort()).toEqual(["always", "idle", "in a", "in b", "new a", "new b"]);
    }
  });

  it("asks a gate again that guards what is still to come, and not one whose work is done", async () => {
    const world = worldOf([]);
    ["idle", "in a", "in b"].forEach(fact => world.facts.add(fact));
    const journal: EngineEvent[] = [];
    const stop = new AbortController();
    await attempt(rolling, world, {
      drain: stop.signal,
      listener: event => {
        journal.push(event);
        if (event.type === "step-ended" && event.step === "drained b") stop.abort();
      },
    });
    expect(journal.some(event => event.type === "undo-ended" && event.step === "out b")).toBe(true);
    world.asked.splice(0);
    world.performed.splice(0);
    await resume(rolling, world, journal);
    expect(world.performed).toEqual(["out b", "restart b", "back b"]);
    expect(world.asked).toEqual(["idle", "new b"]);
  });

  it("repeats a completed step only where its `done` held then and does not now", async () => {
    const plan = makePlan([
      makeStep("start", { action: set("up"), done: is("up") }),
      makeStep("tell", { action: set("told"), done: is("somebody is away"), needs: ["start"] }),
      makeStep("check", { action: fail, needs: ["start", "tell"] }),
    ]);
    const world = new SimulatedWorld();
    const { events } = await attempt(plan, world);
    world.facts.delete("up");
    world.performed.splice(0);
    const { outcomes } = await resume(plan, world, events);
    expect(world.performed).toEqual(["start", "check"]);
    expect(outcomes).toEqual({ start: "changed", tell: "unchanged", check: "failed" });
  });

  it("fails a completed step whose `done` cannot be asked, instead of trusting the journal", async () => {
    const unknown = { kind: "command", argv: ["unknown"] } as const;
    const plan = makePlan([
      makeStep("start", { action: set("up"), done: unknown }),
      makeStep("next", { needs: ["start"] }),
    ]);
    const started: EngineEvent = {
      type: "step-ended",
      step: "start",
      outcome: { kind: "changed", confirmed: true },
      duration: 1,
      at: 1,
    };
    const { outcomes } = await resume(plan, new SimulatedWorld(), [started]);
    expect(outcomes).toEqual({ start: "failed", next: "blocked" });
  });

  it("lets `whenChanged` see what an earlier attempt changed, even when its end was not recorded", async () => {
    const plan = makePlan([
      makeStep("put", { action: set("file"), done: is("file") }),
      makeStep("reload", { action: set("loaded"), whenChanged: ["put"] }),
    ]);
    const world = new SimulatedWorld();
    world.facts.add("file");
    const begun: EngineEvent = { type: "step-started", step: "put", host: "host1", at: 1 };
    await resume(plan, world, [begun]);
    expect(world.performed).toEqual(["reload"]);
  });

  it("undoes what an earlier attempt prepared when the work is given up for good", async () => {
    const plan = makePlan([
      makeStep("out", { action: clear("in"), undo: set("in") }),
      makeStep("drained", { action: gate("idle"), needs: ["out"] }),
      makeStep("restart", { needs: ["drained"] }),
    ]);
    const world = new SimulatedWorld();
    world.facts.add("in");
    const journal = await took(plan, world, 5);
    expect(world.facts.has("in")).toBe(false);
    await resume(plan, world, journal);
    expect(world.facts.has("in")).toBe(true);
  });
});
