import { describe, expect, it } from "vitest";
import type { Plan, Step } from "../../../src/plan/model.ts";
import { cassandra } from "../../../src/services/cassandra/cassandra.ts";
import { planGoBack, planUpgrade, type UpgradeWords } from "../../../src/services/planners/upgrade.ts";
import { parseCassandraVersion, type CassandraVersion } from "../../../src/cassandra/version.ts";
import { parsePlan } from "../../../src/plan/check.ts";
import { makeStep } from "../../helpers/make-plan.ts";
import { ancestors, step } from "../../helpers/plan.ts";
import { decisionOf } from "../../helpers/ring-decision.ts";
import { attempt, fail, set, SimulatedWorld } from "../../helpers/simulated-world.ts";
import { deploymentOf, requestFor } from "../../helpers/site.ts";
import { nodeContext, textOf } from "../../helpers/cassandra-node.ts";

const HOSTS = ["db1", "db2", "db3"];
const site = deploymentOf({ cassandra: HOSTS });
const { settings } = nodeContext({ version: "4.1.10" });
const deployment = {
  ...site,
  instances: site.instances.map(instance => ({ ...instance, settings: { ...settings } })),
};

const version = (text: string): CassandraVersion => {
  const parsed = parseCassandraVersion(text);
  if (parsed === undefined) throw new Error(`${text} is no version`);
  return parsed;
};

function words(from: string, to: string): UpgradeWords {
  return {
    from: new Map(HOSTS.map(host => [host, version(from)])),
    to: version(to),
    beforeFive: from.startsWith("4"),
    down: new Set(),
  };
}

const request = (waves: readonly (readonly string[])[] = [["db1"], ["db2"], ["db3"]]) =>
  requestFor(deployment, [cassandra], { ring: decisionOf(deployment, { waves }) });

const RESCUES = ["stop again", "put back", "start again", "ready again", "usual", "ring again"];
const MAIN = ["snapshot", "see snapshot", "stop", "keep", "start", "ready"];

describe("planUpgrade from 4.1 to 5.0", () => {
  const plan = planUpgrade(request(), words("4.1.10", "5.0.6"));
  const of = (kind: string, host: string): Step => step(plan, `${kind} cassandra@${host}`);

  it("touches no node before all hosts have the software beside what runs", () => {
    const beside = plan.steps.filter(({ action }) => action.kind === "push" && action.beside === true);
    expect(beside.map(({ host }) => host)).toEqual(HOSTS);
    const first = ancestors(plan, "snapshot cassandra@db1");
    expect(first).toEqual(expect.arrayContaining(beside.map(({ id }) => id)));
    expect(first).toContain("ring before cassandra@db1");
  });

  it("goes node by node: a snapshot that is seen, drain, stop, keep, the new files, start, gates", () => {
    for (const [index, kind] of MAIN.slice(1).entries())
      expect(ancestors(plan, `${kind} cassandra@db2`)).toContain(`${MAIN[index]} cassandra@db2`);
    expect(of("stop", "db2").needs).toContain("before stop 1 cassandra@db2");
    expect(ancestors(plan, "snapshot cassandra@db2")).toContain("ring after cassandra@db1");
    const written = plan.steps.filter(({ host, action }) => host === "db2" && action.kind === "put");
    expect(written.length).toBeGreaterThan(5);
    for (const { id } of written) expect(ancestors(plan, id)).toContain("keep cassandra@db2");
    expect(of("snapshot", "db1").title).toContain("smc-upgrade-4.1.10-5.0.6-20260102T030405Z");
    expect(of("start", "db1").needs.some(id => id.startsWith("install cassandra 5.0.6"))).toBe(true);
  });

  it("lets 5.0 write what 4.1 reads while the ring is mixed, whatever the services file says", () => {
    expect(yamlOf(plan, "db1")).toContain("storage_compatibility_mode: 'CASSANDRA_4'");
    expect(yamlOf(planUpgrade(request(), words("5.0.4", "5.0.6")), "db1")).not.toContain("storage_compat");
  });

  it("keeps the tables that 4.1 could not open again, and only where the lines differ", () => {
    const keep = (made: Plan): string => JSON.stringify(step(made, "keep cassandra@db1").action);
    expect(keep(plan)).toContain('"system","system_schema"');
    expect(keep(planUpgrade(request(), words("5.0.4", "5.0.6")))).not.toContain("system_schema");
  });

  it("puts back a node of which something failed once its clients were sent away, and no other", () => {
    for (const kind of RESCUES) {
      const rescue = of(kind, "db2");
      expect(rescue.rescues).toEqual(
        expect.arrayContaining(
          ["before stop 1", "stop", "keep", "start", "ready"].map(name => `${name} cassandra@db2`),
        ),
      );
      expect(rescue.rescues?.every(id => id.includes("db2"))).toBe(true);
      expect(rescue.rescues).not.toContain("snapshot cassandra@db2");
      expect(rescue.kind).toBe("roll back cassandra");
    }
    const kinds = new Set(plan.steps.filter(({ rescues }) => rescues === undefined).map(({ kind }) => kind));
    expect(kinds.has("roll back cassandra")).toBe(false);
    expect(JSON.stringify(of("put back", "db2").action)).toContain("4.1.10");
  });

  it("has a node in hand from its drain to its first answer, and to that of its older self", () => {
    const inHand = plan.steps.filter(step => step.inHand === "cassandra@db2").map(({ id }) => id);
    const kinds = ["before stop 1", "stop", "keep", "start", "ready", ...RESCUES];
    expect(inHand).toEqual(expect.arrayContaining(kinds.map(kind => `${kind} cassandra@db2`)));
    for (const kind of ["snapshot", "see snapshot", "storage mode"])
      expect(of(kind, "db2").inHand).toBeUndefined();
    const newer = planUpgrade(request(), words("5.0.4", "5.0.6"));
    expect(step(newer, "send away cassandra@db2").inHand).toBeUndefined();
  });

  it("takes each node as a stage of its own that begins with its snapshot", () => {
    const stages = plan.steps.filter(({ stage }) => stage === "cassandra@db2").map(({ id }) => id);
    expect(stages.slice(0, 2)).toEqual(["see release cassandra@db2", "snapshot cassandra@db2"]);
    expect(stages.at(-1)).toBe("stop cassandra@db2");
  });

  it("looks at what guards the files before anything, and believes a node only that says its new release", () => {
    expect(ancestors(plan, "snapshot cassandra@db1")).toContain("storage mode cassandra@db1");
    expect(of("stop again", "db1").rescues).not.toContain("storage mode cassandra@db1");
    expect(plan.steps.some(({ id }) => /^(release|whole) cassandra/.test(id))).toBe(false);
    expect(JSON.stringify(of("ready", "db1").action)).toContain(String.raw`5\\.0\\.6`);
    expect(JSON.stringify(of("ready again", "db1").action)).not.toContain(String.raw`5\\.0\\.6`);
  });

  it("begins with a node only while it runs the release that it was planned for", () => {
    expect(of("snapshot", "db2").needs).toContain("see release cassandra@db2");
    expect(JSON.stringify(of("see release", "db2").action)).toContain(String.raw`4\\.1\\.10`);
    expect(ancestors(plan, "see release cassandra@db2")).toContain("ring after cassandra@db1");
  });

  it("takes a snapshot anew of which nobody saw the end, and keeps to the deadline that was asked for", () => {
    expect(of("snapshot", "db1").done).toBeUndefined();
    const asked = planUpgrade({ ...request(), timeout: 7000 }, words("4.1.10", "5.0.6"));
    for (const kind of ["snapshot", "keep", "put back"])
      expect(step(asked, `${kind} cassandra@db1`).timeout).toBe(7000);
  });

  it("relies on what the services file says, whatever release it is planned for", () => {
    const { relies } = planUpgrade(request(), words("4.1.10", "4.1.11"));
    expect(plan.relies).toEqual(relies);
    const other = { ...deployment, instances: deployment.instances.map(withOtherHeap) };
    const changed = requestFor(other, [cassandra], { ring: decisionOf(deployment, { waves: [HOSTS] }) });
    expect(planUpgrade(changed, words("4.1.10", "5.0.6")).relies.inventory).not.toBe(relies.inventory);
  });

  it("can be written down and read back", () => {
    expect(parsePlan(JSON.stringify(plan), "plan.json")).toEqual(plan);
  });
});

const withOtherHeap = <I extends { settings: object }>(instance: I): I => ({
  ...instance,
  settings: { ...instance.settings, heap: { max: "999MB" } },
});

/** What orders a step, without what it does and asks. */
function pickOrder({ kind, host, needs, after, rescues }: Step): Partial<Step> {
  return { kind, host, needs, after, ...(rescues === undefined ? {} : { rescues }) };
}

describe("planUpgrade within a line", () => {
  it("sends the clients of a node away before it is drained, as that release can", () => {
    const plan = planUpgrade(request(), words("5.0.4", "5.0.6"));
    expect(ancestors(plan, "before stop 1 cassandra@db1")).toContain("send away cassandra@db1");
    expect(step(plan, "stop again cassandra@db1").rescues).not.toContain("send away cassandra@db1");
  });

  it("lets the other nodes of a wave end what they began when one fails, and the next wave not begin", async () => {
    const together = planUpgrade(request([["db1", "db2"], ["db3"]]), words("5.0.4", "5.0.6"));
    const world = new SimulatedWorld();
    const steps = together.steps.map(planned =>
      makeStep(planned.id, {
        ...pickOrder(planned),
        action: planned.id === "start cassandra@db1" ? fail : set(planned.id),
      }),
    );
    // One at a time: the other node has not begun its start when the first one fails.
    const limits = { ...together.limits, total: 1 };
    const { outcomes } = await attempt({ ...together, limits, steps }, world);
    expect(outcomes).toMatchObject({
      "start cassandra@db1": "failed",
      "put back cassandra@db1": "changed",
      "start cassandra@db2": "changed",
      "ready cassandra@db2": "changed",
      "snapshot cassandra@db3": "blocked",
    });
  });

  it("takes several nodes at once where the ring allows it, and waits for all of them", () => {
    const plan = planUpgrade(request([["db1", "db3"], ["db2"]]), words("5.0.4", "5.0.6"));
    expect(ancestors(plan, "stop cassandra@db3")).not.toContain("stop cassandra@db1");
    expect(ancestors(plan, "snapshot cassandra@db2")).toEqual(
      expect.arrayContaining(["ready cassandra@db1", "ready cassandra@db3"]),
    );
  });
});

describe("planGoBack of a node that is not up", () => {
  const ring = decisionOf(deployment, { waves: [["db2"], ["db1"]], away: ["db2"] });
  const plan = planGoBack(requestFor(deployment, [cassandra], { ring }), {
    ...words("5.0.6", "4.1.10"),
    down: new Set(["db2"]),
  });

  it("asks nothing of it, ends what is left of it, and puts it back before any other is touched", () => {
    const own = plan.steps.filter(({ instance }) => instance === "cassandra@db2").map(({ id }) => id);
    expect(own).toEqual(
      ["ring before", "see kept", "stop", "put back", "start", "ready", "usual", "ring after"].map(
        kind => `${kind} cassandra@db2`,
      ),
    );
    expect(ancestors(plan, "snapshot cassandra@db1")).toContain("ring after cassandra@db2");
  });

  it("does not wait for it before, and does after", () => {
    const asked = (id: string): string[] => {
      const { action } = step(plan, id);
      const probe = action.kind === "wait" ? action.probe : undefined;
      return probe?.kind === "everywhere" ? probe.asked.map(({ host }) => host) : [];
    };
    expect(asked("ring before cassandra@db2")).toEqual(["db1", "db3"]);
    expect(asked("ring after cassandra@db2")).toEqual(HOSTS);
  });
});

describe("planGoBack", () => {
  const plan = planGoBack(request(), words("5.0.6", "4.1.10"));

  it("stops nothing before it has seen what is to be put back, and puts that back", () => {
    expect(ancestors(plan, "stop cassandra@db1")).toContain("see kept cassandra@db1");
    expect(JSON.stringify(step(plan, "see kept cassandra@db1").action)).toContain(
      "before-upgrade-4.1.10-5.0.6",
    );
    expect(JSON.stringify(step(plan, "put back cassandra@db1").action)).toContain(
      "before-upgrade-4.1.10-5.0.6",
    );
    expect(ancestors(plan, "start cassandra@db1")).toContain("put back cassandra@db1");
    expect(ancestors(plan, "snapshot cassandra@db2")).toContain("ring after cassandra@db1");
    expect(plan.steps.some(({ action }) => action.kind === "put" || action.kind === "push")).toBe(false);
  });

  it("has a node in hand from its drain to its first answer", () => {
    const inHand = plan.steps.filter(step => step.inHand === "cassandra@db2").map(({ id }) => id);
    expect(inHand).toEqual(
      ["before stop 1", "stop", "put back", "start", "ready", "usual"].map(kind => `${kind} cassandra@db2`),
    );
  });
});

function yamlOf(plan: Plan, host: string): string {
  const written = plan.steps.find(
    ({ host: on, action }) => on === host && action.kind === "put" && action.path.endsWith("cassandra.yaml"),
  );
  return written?.action.kind === "put" ? textOf(written.action.content) : "";
}
