import { describe, expect, it } from "vitest";
import type { Change, ContentPlan } from "../../../src/cassandra/contents/change.ts";
import { checkPlan } from "../../../src/plan/check.ts";
import { planContents } from "../../../src/services/planners/contents.ts";
import { planInstance } from "../../../src/services/planners/planned-instance.ts";
import { deploymentOf, describe as service, requestFor } from "../../helpers/site.ts";

const endpoint = {
  address: "127.0.0.1",
  port: 9042,
  logins: [{ user: "cassandra", password: { text: "x" } }],
};
const nodes = service("cassandra", { rendered: { ring: { kind: "ring", endpoint, nodes: 2 } } });
const request = requestFor(deploymentOf({ cassandra: ["db1", "db2"] }), [nodes]);
const logins = {
  auth: "password",
  users: { salvus: { superuser: true }, second: { superuser: true } },
} as const;

function change(title: string, more: Partial<Change> = {}): Change {
  const told = { subject: title, before: "a", after: "b", title };
  const done = { query: `${title}?`, rows: "yes" };
  const usual = { consistency: "quorum", asOwnSuperuser: false } as const;
  return { kind: "change", statements: [[title]], done, ...told, ...usual, ...more };
}

function plan(parts: ContentPlan["parts"]) {
  const [first] = request.instances;
  if (first === undefined) throw new Error("a ring has a first node");
  const content = { parts, notes: [], next: [] };
  return planContents(request, { node: planInstance(request, first), logins, content });
}

describe("planContents", () => {
  it("does one thing after the other on one node, and asks for all that lasts at the end", () => {
    const made = plan([
      change("stage", { passing: true }),
      change("target"),
      change("password", { done: { login: "hub" } }),
    ]);
    expect(checkPlan(made)).toEqual([]);
    expect(made.onFailure).toBe("halt");
    expect(made.steps.map(({ id, needs, host }) => [id, needs, host])).toEqual([
      ["1 stage", [], "db1"],
      ["2 target", ["1 stage"], "db1"],
      ["3 password", ["2 target"], "db1"],
      ["see that all of it is so", ["3 password"], "db1"],
    ]);
    const asked = made.steps.at(-1)?.action;
    expect(asked).toMatchObject({
      kind: "wait",
      probe: { kind: "all", probes: [{ query: "target?" }, { kind: "cql" }] },
    });
    expect(made.steps[2]?.done).toMatchObject({
      endpoint: { logins: [{ user: "hub", password: { secret: "cassandra/hub" } }] },
    });
  });

  it("drops as a superuser of the services file alone, and asks every node for its clients", () => {
    const made = plan([
      { kind: "login", title: "log in", user: "salvus" },
      { kind: "nobody", title: "nobody", user: "old" },
      change("drop", { asOwnSuperuser: true }),
    ]);
    expect(made.steps[0]?.action).toMatchObject({ probe: { endpoint: { logins: [{ user: "salvus" }] } } });
    expect(made.steps[1]?.action).toMatchObject({
      probe: { kind: "everywhere", asked: [{ host: "db1" }, { host: "db2" }] },
    });
    expect(made.steps[2]?.action).toMatchObject({
      endpoint: { logins: [{ user: "salvus" }, { user: "second" }] },
    });
    expect(Object.keys(made.hosts)).toEqual(["db1", "db2"]);
  });

  it("sees that nobody is logged in as a user only in rows without it", () => {
    const [step] = plan([{ kind: "nobody", title: "nobody", user: "old" }]).steps;
    const probe =
      step?.action.kind === "wait" && step.action.probe.kind === "everywhere"
        ? step.action.probe.asked[0]?.probe
        : undefined;
    const pattern = new RegExp(probe?.kind === "cql" ? (probe.rows ?? "") : "");
    expect(pattern.test('[{"username":"older"},{"username":"salvus"}]')).toBe(true);
    expect(pattern.test('[{"username":"salvus"},{"username":"old"}]')).toBe(false);
  });

  it("is empty where nothing differs", () => {
    expect(plan([]).steps).toEqual([]);
  });
});
