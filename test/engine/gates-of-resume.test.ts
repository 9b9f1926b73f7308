import { describe, expect, it } from "vitest";
import { gatesOfResume } from "../../src/engine/gates-of-resume.ts";
import type { Probe } from "../../src/plan/model.ts";
import { makePlan, makeStep } from "../helpers/make-plan.ts";

const NODES = ["1", "2", "3"];
const ring = (number: string, away?: readonly string[]): Probe => ({
  kind: "ring",
  endpoint: { address: `127.0.0.${number}`, port: 9042, logins: [] },
  nodes: 3,
  ...(away === undefined ? {} : { away }),
});
const everywhere = (numbers: readonly string[], away?: readonly string[]): Probe => ({
  kind: "everywhere",
  asked: numbers.map(number => ({ host: `db${number}`, probe: ring(number, away) })),
});

/** Each node is restarted when all see the ring well, and all see it well again before the next. */
const first = makeStep("before", {
  host: "db1",
  action: { kind: "wait", probe: everywhere(["2", "3"]), interval: 1 },
});
const plan = makePlan([
  first,
  ...NODES.flatMap(number => {
    const before = number === "1" ? ["before"] : [`gate ${Number(number) - 1}`];
    const where = { host: `db${number}`, stage: number };
    return [
      makeStep(`send ${number}`, { ...where, needs: before }),
      makeStep(`restart ${number}`, { ...where, needs: [`send ${number}`] }),
      makeStep(`gate ${number}`, {
        host: `db${number}`,
        needs: [`restart ${number}`],
        action: { kind: "wait", probe: everywhere(NODES), interval: 1 },
      }),
    ];
  }),
]);

function probesFor(taken: readonly string[]): Record<string, Probe> {
  const gates = gatesOfResume(plan, {
    completed: new Set(),
    confirmed: new Set(),
    changed: new Set(),
    taken: new Set(taken),
  });
  return Object.fromEntries(
    [...gates].flatMap(([id, { action }]) => (action.kind === "wait" ? [[id, action.probe]] : [])),
  );
}

describe("gatesOfResume", () => {
  it("leaves every gate as it was planned in a first attempt, and where nothing was begun behind it", () => {
    expect(gatesOfResume(plan, undefined).size).toBe(0);
    expect(probesFor([])).toEqual({});
  });

  it("lets a node be in any state for the gate before it, which does not ask it", () => {
    expect(probesFor(["send 1", "restart 1"])).toEqual({ before: everywhere(["2", "3"], ["127.0.0.1"]) });
  });

  it("does not ask a node that is in the middle of its restart, and lets it be in any state for the others", () => {
    expect(probesFor(["send 2"])).toEqual({
      before: everywhere(["3"], ["127.0.0.2"]),
      "gate 1": everywhere(["1", "3"], ["127.0.0.2"]),
    });
  });

  it("excuses what was begun after a later gate, too", () => {
    expect(probesFor(["restart 2", "restart 3"])).toEqual({
      before: everywhere([], ["127.0.0.2", "127.0.0.3"]),
      "gate 1": everywhere(["1"], ["127.0.0.2", "127.0.0.3"]),
      "gate 2": everywhere(["1", "2"], ["127.0.0.3"]),
    });
  });
});
