import * as v from "valibot";
import { describe, expect, it } from "vitest";
import type { ObservedRing, RingNode } from "../../../src/cassandra/ring/model.ts";
import type { Deployment } from "../../../src/inventory/model.ts";
import { parsePlan } from "../../../src/plan/check.ts";
import type { Plan, Probe } from "../../../src/plan/model.ts";
import { cassandra } from "../../../src/services/cassandra/cassandra.ts";
import { CassandraSettingsSchema } from "../../../src/services/cassandra/settings.ts";
import { planExpand } from "../../../src/services/planners/grow/expand.ts";
import { planReplace } from "../../../src/services/planners/grow/replace.ts";
import { planShrink } from "../../../src/services/planners/grow/shrink.ts";
import type { PlanRequest } from "../../../src/services/planners/request.ts";
import { textOf } from "../../helpers/cassandra-node.ts";
import { ancestors, step } from "../../helpers/plan.ts";
import { decisionOf } from "../../helpers/ring-decision.ts";
import { deploymentOf, requestFor } from "../../helpers/site.ts";

const deployment = siteOf(["db1", "db2", "db3", "db4", "db5"]);
const whole = decisionOf(deployment, { waves: [] }).ring;
const ringOf = (
  hosts: readonly string[],
  more: Partial<Record<string, Partial<RingNode>>> = {},
): ObservedRing => ({
  ...whole,
  nodes: whole.nodes
    .filter(({ host }) => hosts.includes(host))
    .map(node => ({ ...node, ...more[node.host] })),
  keyspaces: [{ name: "site", replication: { strategy: "simple", factor: 3 } }],
});
const three = ringOf(["db1", "db2", "db3"]);

describe("planExpand", () => {
  const plan = planExpand(requestOn(["db4", "db5"]), { ring: three, cleanup: true });

  it("lets one node after the other join, each seen by all before the next begins", () => {
    expect(step(plan, "start cassandra@db4").needs).toContain("ring before cassandra@db4");
    expect(asks(plan, "ring before cassandra@db4")).toEqual({ db1: 3, db2: 3, db3: 3 });
    expect(asks(plan, "ring after cassandra@db4")).toEqual({ db1: 4, db2: 4, db3: 4, db4: 4 });
    expect(step(plan, "start cassandra@db5").needs).toContain("ring after cassandra@db4");
    expect(asks(plan, "ring after cassandra@db5")).toEqual({ db1: 5, db2: 5, db3: 5, db4: 5, db5: 5 });
    expect(plan.onFailure).toBe("halt");
  });

  it("puts software and files on all of them first, without waiting for each other", () => {
    const files = plan.steps.filter(
      ({ id, action }) => action.kind === "put" && id.startsWith("write cassandra"),
    );
    expect(files.length).toBeGreaterThan(0);
    for (const { id } of files)
      expect(ancestors(plan, id).filter(other => other.startsWith("start"))).toEqual([]);
  });

  it("gives a new node members as seeds, and its usual file when it has joined", () => {
    expect(seedsIn(plan, "write cassandra@db5:")).toBe("127.9.0.1,127.9.0.2");
    const seeds = siteOf(["db1", "db2", "db3", "db4"], { seeds: ["db4", "db3"] });
    const own = planExpand(requestOn(["db4"], seeds), { ring: three, cleanup: false });
    expect(seedsIn(own, "write cassandra@db4:")).toBe("127.9.0.3");
    expect(seedsIn(own, "write again cassandra@db4:")).toBe("127.9.0.4,127.9.0.3");
    const again = own.steps.find(({ id }) => id.startsWith("write again"));
    expect(again?.needs).toEqual(["ring after cassandra@db4"]);
  });

  it("lets all but the last one drop what they gave away, one at a time where they share ranges", () => {
    const cleanups = plan.steps.filter(({ kind }) => kind === "cleanup cassandra");
    expect(cleanups.map(({ host }) => host)).toEqual(["db1", "db2", "db3", "db4"]);
    for (const { needs } of cleanups) expect(needs).toContain("ring after cassandra@db5");
    expect(step(plan, "cleanup cassandra@db2").needs).toContain("cleanup cassandra@db1");
    const without = planExpand(requestOn(["db4"]), { ring: three, cleanup: false });
    expect(without.steps.filter(({ kind }) => kind === "cleanup cassandra")).toEqual([]);
  });

  it("goes on with a node that joins already before any other, and asks for no whole ring before", () => {
    const ring = ringOf(["db1", "db2", "db3", "db5"], { db5: { mode: "joining", tokens: [] } });
    const resumed = planExpand(requestOn(["db4", "db5"]), { ring, cleanup: false });
    expect(resumed.steps.filter(({ id }) => id.startsWith("ring before"))).toEqual([]);
    expect(step(resumed, "start cassandra@db4").needs).toContain("ring after cassandra@db5");
    expect(asks(resumed, "ring after cassandra@db5")).toEqual({ db1: 4, db2: 4, db3: 4, db5: 4 });
  });

  it("can be written down and read back", () => {
    expect(parsePlan(JSON.stringify(plan), "plan.json")).toEqual(plan);
  });
});

describe("planShrink", () => {
  const all = ["db1", "db2", "db3", "db4", "db5"];
  const plan = planShrink(requestOn(["db4", "db5"]), { ring: ringOf(all) });

  it("stops a node only when it says that it has left and all others have forgotten it", () => {
    const before = ancestors(plan, "stop cassandra@db4");
    expect(before).toEqual(
      expect.arrayContaining([
        "forgotten cassandra@db4",
        "left cassandra@db4",
        "decommission cassandra@db4",
        "ring before cassandra@db4",
      ]),
    );
    expect(asks(plan, "forgotten cassandra@db4")).toEqual({ db1: 4, db2: 4, db3: 4, db5: 4 });
    expect(JSON.stringify(step(plan, "forgotten cassandra@db4").action)).toContain("^(?!.*db4)");
    expect(step(plan, "disable cassandra@db4").needs).toEqual(["stop cassandra@db4"]);
  });

  it("takes the next one only then", () => {
    expect(step(plan, "ring before cassandra@db5").needs).toEqual(
      expect.arrayContaining(["stop cassandra@db4", "disable cassandra@db4"]),
    );
    expect(asks(plan, "ring before cassandra@db5")).toEqual({ db1: 4, db2: 4, db3: 4, db5: 4 });
    expect(asks(plan, "forgotten cassandra@db5")).toEqual({ db1: 3, db2: 3, db3: 3 });
  });

  it("begins no second decommission of a node that leaves or has left", () => {
    const { done } = step(plan, "decommission cassandra@db4");
    expect(done).toMatchObject({ kind: "command", runAs: "salvus" });
    expect(step(plan, "ring before cassandra@db4").done).toMatchObject({ kind: "command", runAs: "salvus" });
  });

  it("only ends the program of one that is gone", () => {
    const gone = planShrink(requestOn(["db5"]), { ring: ringOf(all.slice(0, 4)) });
    expect(gone.steps.map(({ id }) => id)).toEqual(["stop cassandra@db5", "disable cassandra@db5"]);
  });

  it("can be written down and read back", () => {
    expect(parsePlan(JSON.stringify(plan), "plan.json")).toEqual(plan);
  });
});

describe("planReplace", () => {
  const ring = ringOf(["db1", "db2", "db3"], { db3: { state: "down" } });
  const [, , dead] = ring.nodes;
  const [, , , db4] = deployment.instances;
  if (dead === undefined || db4 === undefined) throw new Error("a site of five");
  const plan = planReplace(requestOn(["db4"]), { ring, dead, instance: db4 });

  it("says whose place it is for the first start alone", () => {
    const write = plan.steps.find(({ id }) => id.endsWith("/first-boot.options") && id.startsWith("write"));
    if (write?.action.kind !== "put") throw new Error("no such file");
    expect(textOf(write.action.content)).toBe("-Dcassandra.replace_address_first_boot=127.9.0.3\n");
    expect(step(plan, "start cassandra@db4").needs).toContain(write.id);
    const remove = plan.steps.find(({ id }) => id.startsWith("remove"));
    expect(remove).toMatchObject({
      needs: ["ring after cassandra@db4"],
      action: { argv: ["rm", "-f", "--", write.action.path] },
    });
  });

  it("asks those that live, before and after", () => {
    expect(asks(plan, "ring before cassandra@db4")).toEqual({ db1: 3, db2: 3 });
    expect(JSON.stringify(step(plan, "ring before cassandra@db4").action)).toContain('"away":["127.9.0.3"]');
    expect(asks(plan, "ring after cassandra@db4")).toEqual({ db1: 3, db2: 3, db4: 3 });
  });
});

function siteOf(hosts: readonly string[], settings: object = {}): Deployment {
  const site = deploymentOf({ cassandra: hosts });
  const read = v.parse(CassandraSettingsSchema, { run_as: "salvus", ...settings });
  return { ...site, instances: site.instances.map(instance => ({ ...instance, settings: { ...read } })) };
}

function requestOn(hosts: readonly string[], site = deployment): PlanRequest {
  const instances = site.instances.filter(({ host }) => hosts.includes(host));
  return requestFor(site, [cassandra], { instances });
}

/** How many nodes each host must see in the ring, by the gate. */
function asks(plan: Plan, id: string): Record<string, number> {
  const { action } = step(plan, id);
  if (action.kind !== "wait" || action.probe.kind !== "everywhere") throw new Error(`${id} is no gate`);
  return Object.fromEntries(action.probe.asked.map(({ host, probe }) => [host, nodesIn(probe)]));
}

function nodesIn(probe: Probe): number {
  if (probe.kind === "ring") return probe.nodes;
  return probe.kind === "all" ? Math.max(...probe.probes.map(nodesIn)) : 0;
}

function seedsIn(plan: Plan, prefix: string): string | undefined {
  const file = plan.steps.find(({ id }) => id.startsWith(prefix) && id.endsWith("cassandra.yaml"));
  if (file?.action.kind !== "put") throw new Error(`no ${prefix}`);
  return /seeds: '([\d.,]+)'/.exec(textOf(file.action.content))?.[1];
}
