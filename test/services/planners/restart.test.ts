import { describe, expect, it } from "vitest";
import type { Step } from "../../../src/plan/model.ts";
import { planRestart } from "../../../src/services/planners/restart.ts";
import { ancestors, step } from "../../helpers/plan.ts";
import { deploymentOf, describe as service, requestFor } from "../../helpers/site.ts";

const ringProbe = { kind: "command", argv: ["whole-ring"] } as const;
const cassandra = service("cassandra", { rendered: { ring: ringProbe } });

describe("planRestart of a ring", () => {
  const deployment = deploymentOf({ cassandra: ["db1", "db2", "db3"] });

  it("asks every peer before and after each node, and goes on only then", () => {
    const plan = planRestart(requestFor(deployment, [cassandra]));
    expect(plan.onFailure).toBe("halt");
    expect(step(plan, "restart cassandra@db2").needs).toEqual(
      expect.arrayContaining([
        "ring before cassandra@db2 by cassandra@db1",
        "ring before cassandra@db2 by cassandra@db3",
        "ring after cassandra@db1 by cassandra@db2",
        "ring after cassandra@db1 by cassandra@db3",
        "ready cassandra@db1",
      ]),
    );
  });

  it("asks peers that were not selected, on hosts that the plan can reach", () => {
    const instances = deployment.instances.slice(0, 1);
    const plan = planRestart(requestFor(deployment, [cassandra], { instances }));
    expect(step(plan, "ring before cassandra@db1 by cassandra@db3").host).toBe("db3");
    expect(Object.keys(plan.hosts).sort()).toEqual(["db1", "db2", "db3"]);
    expect(plan.steps.filter(({ kind }) => kind === "restart cassandra")).toHaveLength(1);
  });

  it("refuses several nodes at once", () => {
    expect(() => planRestart(requestFor(deployment, [cassandra], { parallel: true }))).toThrow(
      "restarting several nodes at once could lose a quorum",
    );
  });

  it("knows a restart that was done by what it replaced", () => {
    const observed = new Map([["cassandra@db1", { state: "running", identity: "before" }]] as const);
    const plan = planRestart(requestFor(deployment, [cassandra], { observed }));
    expect(step(plan, "restart cassandra@db1").done).toMatchObject({ state: "running", not: "before" });
    expect(step(plan, "restart cassandra@db1").action).toMatchObject({ previous: "before" });
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
