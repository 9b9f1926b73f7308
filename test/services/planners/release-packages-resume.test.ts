import { describe, expect, it } from "vitest";
import { foldAttempts } from "../../../src/engine/attempts.ts";
import type { ActionResult, Performer, ProbeAnswer } from "../../../src/engine/performer.ts";
import type { Action, Probe, Step } from "../../../src/plan/model.ts";
import { planPackages } from "../../../src/services/planners/release/packages.ts";
import type { PackageChange } from "../../../src/services/release/packages/model.ts";
import { decisionOf } from "../../helpers/ring-decision.ts";
import { attempt } from "../../helpers/simulated-world.ts";
import { deploymentOf, describe as service, requestFor } from "../../helpers/site.ts";

const HOSTS = ["db1", "db2", "db3"];
const deployment = deploymentOf({ cassandra: HOSTS });
const plain = service("cassandra", {
  rendered: { sendAway: { out: { kind: "run", argv: ["close"] }, back: { kind: "run", argv: ["open"] } } },
});
const cassandra: typeof plain = {
  ...plain,
  render: context => ({
    ...plain.render(context),
    ring: {
      kind: "ring",
      endpoint: { address: context.host.address, port: 9042, logins: [] },
      nodes: HOSTS.length,
    },
  }),
};
const java: PackageChange = {
  name: "java",
  architecture: "amd64",
  was: "amd64",
  from: "1",
  to: "2",
  automatic: false,
  before: "file",
};
const plan = planPackages(
  requestFor(deployment, [cassandra], {
    instances: [],
    observed: new Map(deployment.instances.map(({ name }) => [name, { state: "running", identity: "1" }])),
    ring: decisionOf(deployment, { waves: HOSTS.map(host => [host]) }),
  }),
  {
    batches: [],
    ring: HOSTS.map(host => ({ host, changes: [java] })),
    smoke: [],
    wholeRound: false,
    restartAll: false,
    allowLoss: false,
    direction: "forward",
  },
);

/** Nodes whose packages change; one is up or not, and all others see whether all are. */
class Nodes implements Performer {
  readonly performed: string[] = [];
  readonly down = new Set<string>();
  readonly version = new Map(HOSTS.map(host => [host, "1"]));
  readonly runs = new Map(HOSTS.map(host => [host, "1"]));
  /** Steps that fail once; the node is down then. */
  readonly breaks = new Set<string>();
  /** A node that dies as this step begins. */
  dies: { at: string; host: string } | undefined;

  async perform(step: Step, action: Action): Promise<ActionResult> {
    await Promise.resolve();
    if (this.dies?.at === step.id) this.down.add(this.dies.host);
    if (action.kind === "wait") return this.#holds(step, action.probe) ? HELD : failed("not so");
    this.performed.push(step.id);
    if (this.breaks.delete(step.id)) {
      if (action.kind === "unit") this.down.add(step.host);
      return failed("as told");
    }
    if (step.id.startsWith("packages of "))
      this.version.set(step.host, step.rescues === undefined ? "2" : "1");
    if (action.kind === "unit") {
      this.down.delete(step.host);
      this.runs.set(step.host, this.version.get(step.host) ?? "");
    }
    return { kind: "changed" };
  }

  async ask(step: Step, probe: Probe): Promise<ProbeAnswer> {
    await Promise.resolve();
    return this.#holds(step, probe) ? { holds: "yes", evidence: "so" } : { holds: "no", evidence: "not so" };
  }

  #holds(step: Step, probe: Probe): boolean {
    const { host } = step;
    if (probe.kind === "everywhere")
      return probe.asked.every(
        asked =>
          !this.down.has(asked.host) &&
          (this.down.size === 0 || (asked.probe as { away?: string[] }).away?.length === 1),
      );
    if (probe.kind === "all" || probe.kind === "unit" || probe.kind === "tcp") return !this.down.has(host);
    if (step.id.startsWith("packages of "))
      return this.version.get(host) === (step.rescues === undefined ? "2" : "1");
    if (step.id.startsWith("restart ") || step.id.startsWith("send away "))
      return !this.down.has(host) && this.runs.get(host) === this.version.get(host);
    return step.action.kind === "wait";
  }
}

const HELD: ActionResult = { kind: "unchanged", reason: "holds" };
const failed = (reason: string): ActionResult => ({ kind: "failed", reason });

describe("a release of packages to nodes of a ring", () => {
  it("restarts no node when another one dies while packages are installed", async () => {
    const nodes = new Nodes();
    nodes.dies = { at: "packages of db1", host: "db2" };
    const { outcome } = await attempt(plan, nodes);
    expect(outcome.kind).toBe("failed");
    expect(nodes.performed.filter(id => id.startsWith("restart "))).toEqual([]);
    expect(nodes.version.get("db1")).toBe("1");
  });

  it("comes to its end, resumed, when a node stayed away because its way back failed too", async () => {
    const nodes = new Nodes();
    nodes.breaks.add("restart cassandra@db1").add("packages of db1 again");
    const first = await attempt(plan, nodes);
    expect([first.outcome.kind, [...nodes.down]]).toEqual(["failed", ["db1"]]);
    const { outcome } = await attempt(plan, nodes, { earlier: foldAttempts(plan, first.events) });
    expect([outcome.kind, [...nodes.down]]).toEqual(["done", []]);
    expect([...nodes.runs.values()]).toEqual(["2", "2", "2"]);
  });

  it("goes on, resumed, and waits for all nodes again, when a node was put back", async () => {
    const nodes = new Nodes();
    nodes.breaks.add("restart cassandra@db1");
    const first = await attempt(plan, nodes);
    expect([first.outcome.kind, [...nodes.down]]).toEqual(["failed", []]);
    expect(foldAttempts(plan, first.events).taken.size).toBe(0);
    nodes.down.add("db1");
    const { outcome } = await attempt(plan, nodes, { earlier: foldAttempts(plan, first.events) });
    expect(outcome.kind).toBe("failed");
  });
});
