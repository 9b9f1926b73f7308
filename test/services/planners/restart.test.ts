import { describe, expect, it } from "vitest";
import type { Plan, Probe, Step } from "../../../src/plan/model.ts";
import { planRestart } from "../../../src/services/planners/restart.ts";
import { ancestors, step } from "../../helpers/plan.ts";
import { decisionOf, refusalOf } from "../../helpers/ring-decision.ts";
import { deploymentOf, describe as service, requestFor } from "../../helpers/site.ts";

const ringProbe = { kind: "command", argv: ["whole-ring"] } as const;
const cassandra = service("cassandra", { rendered: { ring: ringProbe } });

const keepAll = { allowLoss: false };

describe("planRestart of a ring", () => {
  const deployment = deploymentOf({ cassandra: ["db1", "db2", "db3"] });

  it("asks every peer before the first, and every node after each one, and goes on only then", () => {
    const plan = planRestart(requestFor(deployment, [cassandra]), keepAll);
    expect(plan.onFailure).toBe("halt");
    expect(step(plan, "restart cassandra@db2").needs).toEqual(
      expect.arrayContaining(["ring after cassandra@db1", "ready cassandra@db1"]),
    );
    expect(step(plan, "restart cassandra@db1").needs).toEqual(["ring before cassandra@db1"]);
    expect(askedBy(plan, "ring before cassandra@db1")).toEqual(["db2", "db3"]);
    expect(plan.steps.filter(({ id }) => id.startsWith("ring before"))).toHaveLength(1);
    expect(askedBy(plan, "ring after cassandra@db2")).toEqual(["db1", "db2", "db3"]);
    expect(step(plan, "ring after cassandra@db2").needs).toEqual(["ready cassandra@db2"]);
  });

  it("asks peers that were not selected, on hosts that the plan can reach", () => {
    const instances = deployment.instances.slice(0, 1);
    const plan = planRestart(requestFor(deployment, [cassandra], { instances }), keepAll);
    expect(askedBy(plan, "ring before cassandra@db1")).toEqual(["db2", "db3"]);
    expect(Object.keys(plan.hosts).sort()).toEqual(["db1", "db2", "db3"]);
    expect(plan.steps.filter(({ kind }) => kind === "restart cassandra")).toHaveLength(1);
  });

  it("refuses several nodes at once of a ring that was not asked", () => {
    expect(() => planRestart(requestFor(deployment, [cassandra], { parallel: true }), keepAll)).toThrow(
      "which nodes may go at once, only the ring itself can tell",
    );
  });

  it("knows a restart that was done by what it replaced", () => {
    const observed = new Map([["cassandra@db1", { state: "running", identity: "before" }]] as const);
    const plan = planRestart(requestFor(deployment, [cassandra], { observed }), keepAll);
    expect(step(plan, "restart cassandra@db1").done).toMatchObject({ state: "running", not: "before" });
    expect(step(plan, "restart cassandra@db1").action).toMatchObject({ previous: "before" });
  });
});

describe("planRestart of a service that can send its clients away", () => {
  const deployment = deploymentOf({ cassandra: ["db1", "db2"] });
  const words = (word: string) => ({ kind: "run", argv: [word] }) as const;
  const sendAway = { out: words("close"), back: words("open") };
  const nodes = service("cassandra", { rendered: { ring: ringProbe, sendAway } });

  it("does so after the gate and just before the restart, and lets them in again when that does not come", () => {
    const plan = planRestart(requestFor(deployment, [nodes]), keepAll);
    expect(step(plan, "send away cassandra@db1")).toMatchObject({
      action: { argv: ["close"] },
      undo: { argv: ["open"] },
      needs: ["ring before cassandra@db1"],
      done: { kind: "unit", state: "stopped" },
      stage: "cassandra@db1",
    });
    expect(step(plan, "restart cassandra@db1").needs).toEqual(["send away cassandra@db1"]);
    expect(step(plan, "send away cassandra@db2").needs).toContain("ring after cassandra@db1");
  });
});

describe("planRestart of a ring that was observed", () => {
  const deployment = deploymentOf({ cassandra: ["db1", "db2", "db3", "db4"] });
  const ofRing = {
    kind: "ring",
    endpoint: { address: "127.0.0.1", port: 9042, logins: [] },
    nodes: 4,
  } as const;
  const nodes = service("cassandra", { rendered: { ring: ofRing } });
  const decision = decisionOf(deployment, {
    waves: [
      ["db1", "db3"],
      ["db2", "db4"],
    ],
  });

  it("restarts the nodes of a wave together, and the next wave when all of it is back and seen", () => {
    const plan = planRestart(requestFor(deployment, [nodes], { ring: decision }), keepAll);
    expect(ancestors(plan, "restart cassandra@db3")).not.toContain("restart cassandra@db1");
    for (const host of ["db2", "db4"]) {
      const before = ancestors(plan, `restart cassandra@${host}`);
      expect(before).toEqual(
        expect.arrayContaining(["ready cassandra@db1", "ready cassandra@db3", "ring after cassandra@db1"]),
      );
    }
    expect(askedBy(plan, "ring before cassandra@db1")).toEqual(["db2", "db4"]);
    expect(step(plan, "ring after cassandra@db1").needs).toEqual([
      "ready cassandra@db1",
      "ready cassandra@db3",
    ]);
  });

  it("makes each wave one stage, whose first steps are those that take nodes away", () => {
    const plan = planRestart(requestFor(deployment, [nodes], { ring: decision }), keepAll);
    const stages = plan.steps.flatMap(({ id, stage }) => (stage === undefined ? [] : [[id, stage]]));
    expect(Object.fromEntries(stages)).toEqual({
      "restart cassandra@db1": "cassandra@db1",
      "restart cassandra@db3": "cassandra@db1",
      "restart cassandra@db2": "cassandra@db2",
      "restart cassandra@db4": "cassandra@db2",
    });
  });

  it("relies on the ring being as it was: its nodes and which are up, not their releases", () => {
    const relied = (words: Parameters<typeof decisionOf>[1], release = "5.0.6"): string | undefined => {
      const { ring: seen, ...decided } = decisionOf(deployment, words);
      const ring = {
        ...decided,
        ring: { ...seen, nodes: seen.nodes.toReversed().map(node => ({ ...node, release })) },
      };
      return planRestart(requestFor(deployment, [nodes], { ring }), keepAll).relies.ring;
    };
    const waves = [["db1"]];
    expect(relied({ waves })).toMatch(/^[0-9a-f]{16}$/);
    expect(relied({ waves }, "5.0.7")).toBe(
      planRestart(requestFor(deployment, [nodes], { ring: decisionOf(deployment, { waves }) }), keepAll)
        .relies.ring,
    );
    expect(relied({ waves, away: ["db3"] })).not.toBe(relied({ waves }));
  });

  it("lets a node that is down be so until it was restarted, and asks it nothing before", () => {
    const waves = [["db1"], ["db4"], ["db2"]];
    const down = decisionOf(deployment, { waves, away: ["db4"] });
    const plan = planRestart(requestFor(deployment, [nodes], { ring: down }), keepAll);
    const away = (id: string): unknown =>
      probesOf(plan, id).map(({ probe }) => "away" in probe && probe.away);
    const { address } = deployment.hosts.get("db4") ?? { address: "" };
    expect(askedBy(plan, "ring after cassandra@db1")).toEqual(["db1", "db2", "db3"]);
    expect(away("ring after cassandra@db1")).toEqual([[address], [address], [address]]);
    expect(askedBy(plan, "ring after cassandra@db4")).toEqual(["db1", "db2", "db3", "db4"]);
    expect(away("ring after cassandra@db2")).toEqual([false, false, false, false]);
  });

  it("refuses with the range, and goes one at a time where loss is meant", () => {
    const refused = [refusalOf("db2"), refusalOf("db4")];
    const risky = decisionOf(deployment, { waves: [["db1", "db3"]], refused });
    const request = requestFor(deployment, [nodes], { ring: risky });
    expect(() => planRestart(request, keepAll)).toThrow(
      "to restart cassandra on db[2,4] would lose a quorum",
    );
    const plan = planRestart(request, { allowLoss: true });
    expect(ancestors(plan, "restart cassandra@db2")).toContain("ring after cassandra@db1");
    expect(ancestors(plan, "restart cassandra@db4")).toContain("ring after cassandra@db2");
  });
});

describe("planRestart behind a proxy", () => {
  const deployment = deploymentOf({ haproxy: ["edge1"], hub: ["web1", "web2"] });
  const send = (text: string): Step["action"] => ({ kind: "socket", socket: "/s", send: text, expect: "" });
  const traffic = [
    {
      proxy: "haproxy@edge1",
      out: send("drain"),
      drained: { kind: "socket", socket: "/s", send: "sessions", expect: "^0" },
      back: send("ready"),
    },
  ] as const;
  const plan = planRestart(
    requestFor(deployment, [service("haproxy"), service("hub", { rendered: { traffic } })], {
      instances: deployment.instances.filter(instance => instance.service === "hub"),
    }),
    keepAll,
  );

  it("takes an instance out, waits for its sessions, restarts, waits until ready, puts it back", () => {
    const order = [
      "take out hub@web1 at haproxy@edge1",
      "drained hub@web1 at haproxy@edge1",
      "restart hub@web1",
      "ready hub@web1",
      "put back hub@web1 at haproxy@edge1",
    ];
    order.slice(1).forEach((id, index) => {
      expect(ancestors(plan, id)).toContain(order[index]);
    });
    expect(ancestors(plan, "take out hub@web2 at haproxy@edge1")).toContain(
      "put back hub@web1 at haproxy@edge1",
    );
  });

  it("puts an instance back when the run stops before its restart", () => {
    expect(step(plan, "take out hub@web1 at haproxy@edge1").undo).toEqual(send("ready"));
  });

  it("does nothing at a proxy that does not run", () => {
    expect(step(plan, "take out hub@web1 at haproxy@edge1")).toMatchObject({
      host: "edge1",
      done: { kind: "unit", unit: { name: "smc-test-haproxy.service" }, state: "stopped" },
    });
  });
});

function askedBy(plan: Plan, id: string): string[] {
  return probesOf(plan, id).map(({ host }) => host);
}

function probesOf(plan: Plan, id: string): readonly { host: string; probe: Probe }[] {
  const { action } = step(plan, id);
  return action.kind === "wait" && action.probe.kind === "everywhere" ? action.probe.asked : [];
}
