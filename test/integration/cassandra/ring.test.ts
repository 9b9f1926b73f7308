import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SetupStep } from "../../../src/services/model.ts";
import { cassandra } from "../../../src/services/cassandra/cassandra.ts";
import { RealRing } from "../ring.ts";

const NAMES = ["db1", "db2", "db3"];
const LOGIN = { kind: "cql", query: "SELECT key FROM system.local", consistency: "one" } as const;

describe("a ring of three nodes of Cassandra 5.0 with logins", () => {
  let ring: RealRing;

  beforeAll(async () => {
    ring = await RealRing.make({
      nodes: { db1: "127.0.0.1", db2: "127.0.0.2", db3: "127.0.0.3" },
      settings: {
        version: "5.0.6",
        auth: "password",
        seeds: ["db1"],
        replication: { salvus: { DC0: 3 } },
        users: { salvus: { superuser: true }, hub: { grant: { salvus: "all" } } },
        drop_users: ["cassandra"],
      },
      ports: { cassandra_native: 29142, cassandra_internode: [27100, 27101], cassandra_jmx: 27299 },
      // A quote in a password must arrive as it is.
      secrets: { "cassandra/salvus": "it's secret", "cassandra/hub": "hub's" },
    });
  });

  afterAll(() => ring.close());

  it("forms one node at a time", async () => {
    for (const name of NAMES) {
      expect(await hasJoined(ring, name)).toBe("no");
      await ring.start(name);
      expect(await hasJoined(ring, name)).toBe("yes");
    }
    await expectWhole(ring);
  });

  it("is seen the same by nodetool", async () => {
    const status = await ring.nodetool("db2", "status");
    expect(status.match(/^UN /gm)).toHaveLength(3);
  });

  it("is set up once, in steps that are known by what they did", async () => {
    const steps = setupOf(ring);
    for (const { title, action, done } of steps) {
      expect([title, (await ring.ask("db1", done)).holds]).toEqual([title, "no"]);
      expect([title, await ring.perform(action)]).toEqual([title, { kind: "changed" }]);
      expect([title, (await ring.ask("db1", done)).holds]).toEqual([title, "yes"]);
    }
    for (const { title, done } of steps) {
      expect([title, (await ring.ask("db1", done)).holds]).toEqual([title, "yes"]);
    }
  });

  it("lets in who has a password, and the default superuser no more", async () => {
    const port = 29142;
    const as = (user: string, password: { secret: string } | { text: string }) =>
      ring.ask("db3", { ...LOGIN, endpoint: { address: "127.0.0.3", port, logins: [{ user, password }] } });
    expect(await as("hub", { secret: "cassandra/hub" })).toMatchObject({ holds: "yes" });
    expect(await as("cassandra", { text: "cassandra" })).toMatchObject({
      holds: "unknown",
      evidence: expect.stringContaining("cassandra is refused"),
    });
  });

  it("names a node that died, which gossip alone would not tell at once, and lets everybody in without it", async () => {
    await ring.kill("db3");
    const { rendered } = ring.node("db1");
    expect(rendered.ring && (await ring.ask("db1", rendered.ring))).toEqual({
      holds: "no",
      evidence: "not heard of for a while: 127.0.0.3, seen from 127.0.0.1",
    });
    expect((await ring.ask("db2", ring.node("db2").rendered.ready)).holds).toBe("yes");
    await ring.start("db3");
    await expectWhole(ring);
  });

  it("stops drained, and starts several at once when it exists", async () => {
    const some = NAMES.slice(1);
    const drains = some.flatMap(name => ring.node(name).rendered.beforeStop ?? []);
    expect(await Promise.all(drains.map(({ action }) => ring.perform(action)))).toEqual(
      some.map(() => ({ kind: "changed" })),
    );
    await Promise.all(some.map(name => ring.stop(name)));
    await Promise.all(some.map(name => ring.start(name)));
    await expectWhole(ring);
  });
});

/** Every node sees all as well; a node that has just started may need some moments to hear of all. */
async function expectWhole(ring: RealRing): Promise<void> {
  for (const name of NAMES) {
    const { ring: probe } = ring.node(name).rendered;
    if (probe === undefined) throw new Error("a node sees its ring");
    await expect
      .poll(() => ring.ask(name, probe), { timeout: 60_000, interval: 500 })
      .toMatchObject({
        holds: "yes",
        evidence: expect.stringContaining("3 of 3 nodes up"),
      });
  }
}

async function hasJoined(ring: RealRing, name: string): Promise<string> {
  const { turn } = ring.node(name).rendered;
  if (turn === undefined) throw new Error("a node joins in turn");
  return (await ring.ask(name, turn.unless)).holds;
}

function setupOf(ring: RealRing): Required<SetupStep>[] {
  return (cassandra.setup?.(ring.node("db1").context) ?? []).map(step => {
    if (step.done === undefined) throw new Error(`${step.title} is known by what it did`);
    return { ...step, done: step.done };
  });
}
