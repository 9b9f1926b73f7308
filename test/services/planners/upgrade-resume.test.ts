import { describe, expect, it } from "vitest";
import { parseCassandraVersion, type CassandraVersion } from "../../../src/cassandra/version.ts";
import { foldAttempts } from "../../../src/engine/attempts.ts";
import type { EngineEvent } from "../../../src/engine/events.ts";
import { cassandra } from "../../../src/services/cassandra/cassandra.ts";
import { planUpgrade } from "../../../src/services/planners/upgrade.ts";
import { nodeContext } from "../../helpers/cassandra-node.ts";
import { decisionOf } from "../../helpers/ring-decision.ts";
import { SimulatedNodes } from "../../helpers/simulated-nodes.ts";
import { attempt, type Attempt } from "../../helpers/simulated-world.ts";
import { deploymentOf, requestFor } from "../../helpers/site.ts";

const HOSTS = ["db1", "db2", "db3"];
const RESCUES = ["stop again", "put back", "start again", "ready again", "usual", "ring again"];

const version = (text: string): CassandraVersion => {
  const parsed = parseCassandraVersion(text);
  if (parsed === undefined) throw new Error(`${text} is no version`);
  return parsed;
};

/** From a release whose nodes send their clients away, to a later one of its line. */
function upgrade() {
  const site = deploymentOf({ cassandra: HOSTS });
  const { settings } = nodeContext({ version: "5.0.4" });
  const instances = site.instances.map(instance => ({ ...instance, settings: { ...settings } }));
  const deployment = { ...site, instances };
  const ring = decisionOf(deployment, { waves: HOSTS.map(host => [host]) });
  return planUpgrade(requestFor(deployment, [cassandra], { ring }), {
    from: new Map(HOSTS.map(host => [host, version("5.0.4")])),
    to: version("5.0.6"),
    beforeFive: false,
    down: new Set(),
  });
}

const plan = upgrade();

/** Where smc dies: as the step begins, or with the last thing that it does done and not written down. */
interface Death {
  at: string;
  done: boolean;
}

/** What was written down until smc died. */
async function dies(nodes: SimulatedNodes, { at, done }: Death): Promise<EngineEvent[]> {
  const stop = new AbortController();
  const written: EngineEvent[] = [];
  const end = (): void => {
    nodes.die();
    stop.abort();
  };
  const listener = (event: EngineEvent): void => {
    if (stop.signal.aborted) return;
    const here = "step" in event && event.step === at;
    if (here && done && event.type === "step-ended") return end();
    written.push(event);
    if (here && !done && event.type === "step-started") end();
  };
  await attempt(plan, nodes, { stop: stop.signal, listener });
  nodes.revive();
  return written;
}

const resume = (nodes: SimulatedNodes, written: readonly EngineEvent[]): Promise<Attempt> =>
  attempt(plan, nodes, { earlier: foldAttempts(plan, written) });

const deaths = (ids: readonly string[]): Death[] =>
  ids.flatMap(at => [
    { at, done: false },
    { at, done: true },
  ]);

describe("smc resume of an upgrade that died", () => {
  const main = plan.steps.filter(step => step.rescues === undefined).map(({ id }) => id);

  it.each(deaths(main))("at $at (done: $done) brings every node there, each stopped once", async death => {
    const nodes = new SimulatedNodes(HOSTS, "5.0.4");
    const written = await dies(nodes, death);
    const { outcome, outcomes } = await resume(nodes, written);
    expect([outcome.kind, unwell(outcomes)]).toEqual(["done", []]);
    for (const host of HOSTS) {
      expect(nodes.node(host)).toMatchObject({ up: true, current: "5.0.6" });
      expect(nodes.performed.filter(id => id === `stop cassandra@${host}`)).toHaveLength(1);
    }
  });

  it.each(deaths(RESCUES.map(kind => `${kind} cassandra@db2`)))(
    "while a node was put back, at $at (done: $done), brings every node there",
    async death => {
      const nodes = new SimulatedNodes(HOSTS, "5.0.4");
      nodes.failOnce.add("start cassandra@db2");
      const { outcome, outcomes } = await resume(nodes, await dies(nodes, death));
      expect([outcome.kind, unwell(outcomes)]).toEqual(["done", []]);
      for (const host of HOSTS) expect(nodes.node(host)).toMatchObject({ up: true, current: "5.0.6" });
    },
  );
});

describe("smc resume of an upgrade that put a node back", () => {
  it("sends its clients away again, and takes a snapshot of what it has by then", async () => {
    const nodes = new SimulatedNodes(HOSTS, "5.0.4");
    nodes.failOnce.add("start cassandra@db2");
    const { events, outcome } = await attempt(plan, nodes);
    expect(outcome.kind).toBe("failed");
    expect((await resume(nodes, events)).outcome.kind).toBe("done");
    const performed = (id: string): number => nodes.performed.filter(other => other === id).length;
    for (const kind of ["snapshot", "send away", "before stop 1", "stop"])
      expect(HOSTS.map(host => performed(`${kind} cassandra@${host}`))).toEqual([1, 2, 1]);
  });
});

function unwell(outcomes: Record<string, string>): string[] {
  return Object.entries(outcomes).flatMap(([id, kind]) =>
    kind === "changed" || kind === "unchanged" ? [] : [`${id}: ${kind}`],
  );
}
