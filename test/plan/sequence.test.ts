import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/plan/model.ts";
import { sequencePlans } from "../../src/plan/sequence.ts";
import { makePlan, makeStep } from "../helpers/make-plan.ts";
import { attempt, fail, set, SimulatedWorld } from "../helpers/simulated-world.ts";

function twoHosts(name: string, words: Partial<Plan> = {}): Plan {
  return makePlan(
    ["host1", "host2"].flatMap(host => [
      makeStep(`make ${host}`, { host, action: set(`${name} made on ${host}`) }),
      makeStep(`see ${host}`, { host, action: set(`${name} seen on ${host}`), needs: [`make ${host}`] }),
    ]),
    words,
  );
}

describe("sequencePlans", () => {
  it("lets a part begin when the one before has ended on every host", async () => {
    const plan = sequencePlans(
      [
        { name: "vpn", plan: twoHosts("vpn") },
        { name: "services", plan: twoHosts("services") },
      ],
      ["up"],
    );
    const world = new SimulatedWorld();
    const { outcome } = await attempt(plan, world);
    expect(outcome.kind).toBe("done");
    expect(plan.command).toEqual(["up"]);
    const parts = world.performed.map(id => id.split(":", 1)[0]);
    expect(parts).toEqual([...Array<string>(4).fill("vpn"), ...Array<string>(4).fill("services")]);
  });

  it("goes on with a host only where everything before succeeded, and with the others", async () => {
    const broken = twoHosts("vpn");
    const steps = broken.steps.map(step => (step.id === "see host1" ? { ...step, action: fail } : step));
    const plan = sequencePlans(
      [
        { name: "vpn", plan: { ...broken, steps } },
        { name: "nothing", plan: makePlan([]) },
        { name: "services", plan: twoHosts("services") },
      ],
      ["up"],
    );
    const { outcomes } = await attempt(plan, new SimulatedWorld());
    expect(outcomes).toMatchObject({
      "vpn: see host1": "failed",
      "services: make host1": "blocked",
      "services: see host2": "changed",
    });
  });

  it("lets a part wait for the success of hosts that are not its own", async () => {
    const broken = twoHosts("firewall");
    const steps = broken.steps.map(step => (step.id === "see host1" ? { ...step, action: fail } : step));
    const join = makePlan([makeStep("join host2", { host: "host2", action: set("joined") })]);
    const parts = (also: readonly string[]) =>
      [
        { name: "firewall", plan: { ...broken, steps } },
        { name: "ring", plan: join, also },
      ] as const;
    const alone = await attempt(sequencePlans(parts([]), ["grow"]), new SimulatedWorld());
    expect(alone.outcomes).toMatchObject({ "ring: join host2": "changed" });
    const together = await attempt(sequencePlans(parts(["host1"]), ["grow"]), new SimulatedWorld());
    expect(together.outcomes).toMatchObject({ "ring: join host2": "blocked" });
  });

  it("renames what steps say of each other", () => {
    const steps = [
      makeStep("a", { turn: { group: "g", until: "b" } }),
      makeStep("b", { whenChanged: ["a"], needsSome: [{ of: ["a"], atLeast: 1 }] }),
      makeStep("c", { rescues: ["b"], after: ["a"] }),
    ];
    const [a, b, c] = sequencePlans([{ name: "p", plan: makePlan(steps) }], ["up"]).steps;
    expect(a?.turn?.until).toBe("p: b");
    expect(b).toMatchObject({ whenChanged: ["p: a"], needsSome: [{ of: ["p: a"], atLeast: 1 }] });
    expect(c).toMatchObject({ rescues: ["p: b"], after: ["p: a"] });
  });
});
