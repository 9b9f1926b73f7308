import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Plan, Step } from "../../../src/plan/model.ts";
import { planStart } from "../../../src/services/planners/start.ts";
import { ancestors, step } from "../../helpers/plan.ts";
import { deploymentOf, describe as service, requestFor } from "../../helpers/site.ts";

const ring = { cassandra: ["db1", "db2", "db3"] };

describe("planStart", () => {
  it("configures, starts and waits, in that order", () => {
    const plan = planStart(requestFor(deploymentOf({ hub: ["web1"] }), [service("hub")]));
    expect(plan.steps.map(step => step.id)).toEqual([
      "folders hub@web1",
      "write hub@web1:/etc/smc/test/hub/hub.conf",
      "unit hub@web1",
      "daemon-reload hub@web1",
      "enable hub@web1",
      "start hub@web1",
      "ready hub@web1",
    ]);
    expect(ancestors(plan, "start hub@web1")).toContain("write hub@web1:/etc/smc/test/hub/hub.conf");
    expect(ancestors(plan, "ready hub@web1")).toContain("start hub@web1");
    expect(step(plan, "ready hub@web1").action).toMatchObject({
      log: { host: "web1", path: expect.stringMatching(/^\/var\/log\/.*hub/), runAs: "root" },
    });
  });

  it("needs no unit file and no administrator on a local deployment", () => {
    const deployment = deploymentOf({ hub: ["web1"] }, { transport: "local" });
    const plan = planStart(requestFor(deployment, [service("hub")]));
    expect(plan.steps.map(step => step.id)).toEqual([
      "folders hub@web1",
      "write hub@web1:/state/test/etc/hub@web1/hub.conf",
      "start hub@web1",
      "ready hub@web1",
    ]);
    expect(JSON.stringify(plan)).not.toContain("runAs");
  });

  it("takes one node at a time where the service wants that, and all with --parallel", () => {
    const cassandra = service("cassandra", { oneAtATime: true });
    const serial = planStart(requestFor(deploymentOf(ring), [cassandra]));
    expect(step(serial, "start cassandra@db2").after).toContain("ready cassandra@db1");
    expect(step(serial, "start cassandra@db3").after).toContain("ready cassandra@db2");
    const parallel = planStart(requestFor(deploymentOf(ring), [cassandra], { parallel: true }));
    expect(step(parallel, "start cassandra@db2").after).toEqual([]);
  });

  it("holds the turn of a joining node until it answers", () => {
    const unless = { kind: "command", argv: ["test", "-e", "/joined"] } as const;
    const cassandra = service("cassandra", { rendered: { turn: { group: "join", unless } } });
    const plan = planStart(requestFor(deploymentOf(ring), [cassandra], { parallel: true }));
    expect(step(plan, "start cassandra@db2").turn).toEqual({
      group: "join",
      unless,
      until: "ready cassandra@db2",
    });
  });

  it("starts clients when enough of what they need has answered, and set-up is done", () => {
    const cassandra = service("cassandra", {
      mayBeDown: () => 1,
      setup: () => [{ title: "create keyspaces", action: { kind: "run", argv: ["true"] } }],
    });
    const hub = service("hub", { needs: ["cassandra"] });
    const deployment = deploymentOf({ hub: ["web1"], ...ring });
    const plan = planStart(requestFor(deployment, [cassandra, hub]));
    expect(step(plan, "start hub@web1").needsSome).toEqual([
      { of: ["ready cassandra@db1", "ready cassandra@db2", "ready cassandra@db3"], atLeast: 2 },
      { of: ["set up 1 cassandra@db1"], atLeast: 1 },
    ]);
    expect(step(plan, "set up 1 cassandra@db1")).toMatchObject({
      needs: ["ready cassandra@db1"],
      after: ["ready cassandra@db2", "ready cassandra@db3"],
    });
  });

  it("reads a changed configuration unless the running program is noted to have read it", () => {
    const plan = planStart(
      requestFor(deploymentOf({ haproxy: ["web1"] }), [
        service("haproxy", { rendered: { reload: { signal: "USR2" } } }),
      ]),
    );
    const file = "/etc/smc/test/haproxy/haproxy.conf";
    expect(step(plan, "reload haproxy@web1")).toMatchObject({
      action: { kind: "unit", operation: "reload" },
      done: { kind: "command", argv: expect.arrayContaining([`${file}.read`, file]) },
      needs: ["note start haproxy@web1 of haproxy@web1"],
    });
    const notes = ["start", "reload"].map(verb => step(plan, `note ${verb} haproxy@web1 of haproxy@web1`));
    expect(notes.map(note => note?.whenChanged)).toEqual([["start haproxy@web1"], ["reload haproxy@web1"]]);
  });

  it("names the services of a circle", () => {
    const deployment = deploymentOf({ a: ["h"], b: ["h"] });
    const request = requestFor(deployment, [service("a", { needs: ["b"] }), service("b", { needs: ["a"] })]);
    expect(() => planStart(request)).toThrow("these services need each other in a circle: a, b");
  });

  it("refuses a service without a description", () => {
    expect(() => planStart(requestFor(deploymentOf({ strange: ["h"] }), []))).toThrow(
      "strange is in the services file, but smc has no description of it",
    );
  });

  it("never has more under way than --parallel N allows", () => {
    const counts = fc.record({
      hosts: fc.integer({ min: 1, max: 12 }),
      width: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(counts, ({ hosts, width }) => {
        const names = Array.from({ length: hosts }, (_, index) => `web${index}`);
        const plan = planStart(
          requestFor(deploymentOf({ hub: names }), [service("hub")], { parallel: width }),
        );
        expect(mostAtOnce(plan, "start hub", "ready hub")).toBeLessThanOrEqual(width);
      }),
    );
  });
});

/** Runs the plan in rounds, everything that may start does, and counts instances between `from` and `to`. */
function mostAtOnce(plan: Plan, from: string, to: string): number {
  const ended = new Set<string>();
  let most = 0;
  while (ended.size < plan.steps.length) {
    const round = plan.steps.filter(
      ({ id, needs, after }) => !ended.has(id) && [...needs, ...after].every(other => ended.has(other)),
    );
    const busy = plan.steps.filter(
      ({ kind, instance }) =>
        kind === to &&
        !ended.has(`ready ${instance}`) &&
        (ended.has(`start ${instance}`) || inRound(round, instance)),
    );
    most = Math.max(most, busy.length);
    round.forEach(({ id }) => ended.add(id));
  }
  return most;

  function inRound(round: readonly Step[], instance: string | undefined): boolean {
    return round.some(candidate => candidate.kind === from && candidate.instance === instance);
  }
}
