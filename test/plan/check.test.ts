import { describe, expect, it } from "vitest";
import { OperatorError } from "../../src/base/operator-error.ts";
import { checkPlan, parsePlan } from "../../src/plan/check.ts";
import type { Plan, Step } from "../../src/plan/model.ts";
import { repairOf } from "../helpers/repair-action.ts";
import { makePlan, makeStep } from "../helpers/make-plan.ts";

describe("checkPlan", () => {
  it("finds nothing wrong with a plan of every kind of edge", () => {
    const steps = [
      makeStep("put a"),
      makeStep("put b", { after: ["put a"] }),
      makeStep("start a", { needs: ["put a"], whenChanged: ["put b"], turn: { group: "ring" } }),
      makeStep("start b", {
        needsSome: [{ of: ["start a", "put b"], atLeast: 1 }],
        turn: { group: "ring", until: "ready b" },
      }),
      makeStep("ready b", { needs: ["start b"] }),
    ];
    expect(checkPlan(makePlan(steps))).toEqual([]);
  });

  it("names two steps of one id", () => {
    expect(checkPlan(makePlan([makeStep("a"), makeStep("a")]))).toEqual(['two steps are called "a"']);
  });

  it.each([
    ["needs", { needs: ["x"] }],
    ["after", { after: ["x"] }],
    ["needsSome", { needsSome: [{ of: ["x"], atLeast: 1 }] }],
    ["whenChanged", { whenChanged: ["x"] }],
    ["turn", { turn: { group: "g", until: "x" } }],
  ] satisfies [string, Partial<Step>][])(
    "names a step that %s waits for and that is not there",
    (_edge, words) => {
      expect(checkPlan(makePlan([makeStep("a", words)]))).toEqual([
        '"a" waits for "x", which is not in the plan',
      ]);
    },
  );

  it("names more needed steps than there are, a missing deadline and an unknown host", () => {
    const steps = [makeStep("a", { timeout: 0, needsSome: [{ of: ["b"], atLeast: 2 }] }), makeStep("b")];
    expect(checkPlan(makePlan(steps, { hosts: {} }))).toEqual([
      '"a" needs 2 of 1 steps, which cannot be',
      '"a" has no deadline',
      '"a" is on host1, which is not a host of the plan',
      '"b" is on host1, which is not a host of the plan',
    ]);
  });

  it("names a host that a gate asks and that the plan cannot reach", () => {
    const probe = { kind: "tcp", address: "127.0.0.1", port: 1 } as const;
    const asked = [
      { host: "host1", probe },
      { host: "db7", probe },
    ];
    const gate = { kind: "all", probes: [{ kind: "everywhere", asked }] } as const;
    const step = makeStep("gate", { action: { kind: "wait", probe: gate, interval: 1 } });
    expect(checkPlan(makePlan([step]))).toEqual(['"gate" is on db7, which is not a host of the plan']);
  });

  it("names a host whose log a gate tells and that the plan cannot reach", () => {
    const probe = { kind: "tcp", address: "127.0.0.1", port: 1 } as const;
    const log = { host: "machine7", path: "/console.log" };
    const step = makeStep("gate", { action: { kind: "wait", probe, interval: 1, log } });
    expect(checkPlan(makePlan([step]))).toEqual(['"gate" is on machine7, which is not a host of the plan']);
  });

  it("names a node that takes part in a repair and that the plan cannot reach", () => {
    const steps = [makeStep("repair", { action: repairOf(["host1", "db7"]) })];
    expect(checkPlan(makePlan(steps))).toEqual(['"repair" is on db7, which is not a host of the plan']);
  });

  it("shows the circle of steps that wait for each other", () => {
    const steps = [
      makeStep("a", { needs: ["b"] }),
      makeStep("b", { after: ["c"] }),
      makeStep("c", { whenChanged: ["a"] }),
      makeStep("d", { needs: ["a"] }),
    ];
    expect(checkPlan(makePlan(steps))).toEqual([
      expect.stringMatching(/^these steps wait for each other: (a → c → b → a|b → a → c → b|c → b → a → c)$/),
    ]);
  });

  it("finds a circle that only the order of turns closes", () => {
    const turn = { group: "ring" };
    const steps = [makeStep("a", { needs: ["b"], turn }), makeStep("b", { turn })];
    expect(checkPlan(makePlan(steps))).toHaveLength(1);
    const wide = { total: 9, perHost: 9, turns: { ring: 2 } };
    expect(checkPlan(makePlan(steps, { limits: wide }))).toEqual([]);
  });

  it("takes a chain of 20,000 steps", () => {
    const steps = Array.from({ length: 20_000 }, (_, index) =>
      makeStep(`step ${index}`, index === 0 ? {} : { needs: [`step ${index - 1}`] }),
    );
    expect(checkPlan(makePlan(steps.reverse()))).toEqual([]);
  });
});

describe("parsePlan", () => {
  const unit = {
    manager: "process",
    name: "hub0",
    folder: "/run/smc",
    log: "/log/hub0",
    argv: ["hub"],
    env: { A: "1" },
    directory: "/",
    limits: { n: 1000 },
    stopSignal: "TERM",
  } as const;
  const endpoint = {
    address: "127.0.0.1",
    port: 9042,
    logins: [
      { user: "hub", password: { secret: "cassandra/hub" } },
      { user: "cassandra", password: { text: "cassandra" } },
    ],
  };
  const plan = makePlan([
    makeStep("put", {
      action: { kind: "put", path: "/etc/x", content: ["a", { secret: "b" }], mode: 0o600, owner: "root" },
      undo: { kind: "socket", socket: "/run/s", send: "enable", expect: "^$" },
    }),
    makeStep("push", {
      action: {
        kind: "push",
        folder: "/opt/smc",
        artefact: { name: "cassandra", version: "5.0.6", source: { kind: "maven", coordinates: "a:b:c" } },
      },
    }),
    makeStep("start", {
      action: { kind: "unit", operation: "start", unit, runAs: "root" },
      done: {
        kind: "unit",
        unit: { manager: "systemd", name: "a.service", log: "/var/log/a.log" },
        state: "running",
        not: "x",
      },
    }),
    makeStep("cql", { action: { kind: "cql", endpoint, statements: [["CREATE …"]] } }),
    makeStep("wait", {
      action: {
        kind: "wait",
        interval: 500,
        log: { host: "host1", path: "/console.log", runAs: "root" },
        probe: {
          kind: "all",
          probes: [
            { kind: "all", probes: [{ kind: "tcp", address: "127.0.0.1", port: 1 }] },
            { kind: "command", argv: ["true"], stdout: "^ok" },
            { kind: "http", address: "::1", port: 80, path: "/alive", status: [200], body: "ok" },
            { kind: "cql", endpoint, query: "SELECT", consistency: "quorum" },
            { kind: "ring", endpoint, nodes: 3 },
            { kind: "newest", folder: "/b", maxAge: 1000 },
            { kind: "socket", socket: "/s", send: "show info", expect: "Version" },
          ],
        },
      },
    }),
  ]);

  it("reads back what JSON made of a plan with every action and probe", () => {
    expect(parsePlan(JSON.stringify(plan), "plan.json")).toEqual(plan);
  });

  it.each([
    ["an unknown action", '"kind":"put","path"', '"kind":"delete","path"', /steps\.0\.action\.kind/],
    ["an unknown probe", '"kind":"newest"', '"kind":"oldest"', /steps\.4\.action\.probe\.probes\.5\.kind/],
    ["an unknown key", '"mode":384', '"mode":384,"force":true', /steps\.0\.action\.force/],
    ["another version", '"version":1', '"version":2', /version: is not a version/],
    ["a deadline of none", '"timeout":5000', '"timeout":0', /timeout: must be above 0/],
    ["a broken expression", '"stdout":"^ok"', '"stdout":"("', /stdout: must be a regular expression/],
    ["a relative path", '"path":"/etc/x"', '"path":"etc/x"', /path: must be an absolute path/],
    ["a step that is not there", '"needs":[]', '"needs":["no"]', /waits for "no"/],
  ])("refuses %s and says where", (...[, from, to, expected]) => {
    const json = JSON.stringify(plan).replace(from, to);
    expect(refusal(json).details.join("\n")).toMatch(expected);
  });

  it("refuses what is not JSON", () => {
    expect(refusal("{").message).toBe("plan.json is no plan of smc: it is not JSON");
  });
});

function refusal(json: string): OperatorError {
  try {
    parsePlan(json, "plan.json");
  } catch (error) {
    if (error instanceof OperatorError) return error;
  }
  throw new Error("the plan was accepted");
}

// The helper is used by many tests; it must itself be a plan.
describe("makePlan", () => {
  it("makes a valid plan", () => {
    const plan: Plan = makePlan([makeStep("a")]);
    expect(parsePlan(JSON.stringify(plan), "plan")).toEqual(plan);
  });
});
