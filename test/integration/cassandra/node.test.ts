import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withCqlSession } from "../../../src/engine/cql/session.ts";
import { cassandra } from "../../../src/services/cassandra/cassandra.ts";
import { createTransport } from "../../../src/transport/create.ts";
import type { Connection } from "../../../src/transport/model.ts";
import { localTarget } from "../../helpers/make-plan.ts";
import { RealRing } from "../ring.ts";

describe("one node of Cassandra 4.1", () => {
  let ring: RealRing;

  beforeAll(async () => {
    ring = await RealRing.make({
      nodes: { db1: "127.0.0.1" },
      settings: { source: { maven: "org.apache.cassandra:cassandra-all:4.1.10" } },
      ports: { cassandra_native: 29042, cassandra_internode: [27000, 27001], cassandra_jmx: 27199 },
    });
  });

  afterAll(() => ring.close());

  it("has not joined and answers nothing before its first start", async () => {
    const { rendered } = ring.node("db1");
    expect(await ring.ask("db1", rendered.ready)).toEqual({
      holds: "no",
      evidence: "connection refused on 127.0.0.1:29042",
    });
    expect(await hasJoined(ring)).toBe("no");
  });

  it("starts from the rendered files, and is then a whole ring of its own", async () => {
    await ring.start("db1");
    const { rendered } = ring.node("db1");
    expect(rendered.ring && (await ring.ask("db1", rendered.ring))).toEqual({
      holds: "yes",
      evidence: "1 of 1 nodes up",
    });
    expect(await hasJoined(ring)).toBe("yes");
  });

  it("tells its rack and release", async () => {
    expect(await ring.nodetool("db1", "status")).toMatch(
      /^Datacenter: DC0$[^]*^UN +127\.0\.0\.1 .* RAC0 *$/m,
    );
    expect(await ring.nodetool("db1", "version")).toContain("ReleaseVersion: 4.1.10");
  });

  it("tells the release that runs", async () => {
    const { version } = ring.node("db1").rendered;
    if (version === undefined || !("kind" in version)) throw new Error("Cassandra tells it over CQL");
    expect(await ring.ask("db1", version)).toEqual({
      holds: "yes",
      evidence: expect.stringMatching(/^127\.0\.0\.1:\d+ answers 4\.1\.10$/),
    });
  });

  it("answers through a connection that its host makes, and no socket stays open", async () => {
    const opened: Socket[] = [];
    const connection: Connection = {
      ...createTransport().connection(localTarget("db1")),
      target: { ...localTarget("db1"), kind: "ssh" },
      forward: to => {
        const socket = connect(to as { host: string; port: number });
        opened.push(socket);
        return Promise.resolve(socket);
      },
    };
    const context = {
      connection,
      secret: () => Promise.reject(new Error("nobody logs in here")),
      signal: AbortSignal.timeout(20_000),
      deadline: Date.now() + 20_000,
    };
    const { ready } = ring.node("db1").rendered;
    if (ready.kind !== "cql") throw new Error("a node is ready when it answers over CQL");
    const rows = await withCqlSession(context, ready.endpoint, session => session.rows(ready.query, "one"));
    expect(rows).toEqual([{ bootstrapped: "COMPLETED" }]);
    expect(opened.length).toBeGreaterThan(0);
    expect(opened.every(socket => socket.destroyed)).toBe(true);
  });

  it("makes the keyspaces of the services file, once", async () => {
    const { context } = ring.node("db1");
    const settings = { ...context.settings, replication: { salvus: { DC0: 1 } } };
    const steps = cassandra.setup?.({ ...context, settings }) ?? [];
    expect(steps.map(({ title }) => title)).toEqual([
      "make the keyspace salvus on 1 in DC0",
      "keep logins on 1 in DC0",
    ]);
    for (const { action, done } of steps) {
      if (done === undefined) throw new Error("each step is known by what it did");
      expect((await ring.ask("db1", done)).holds).toBe("no");
      expect(await ring.perform(action)).toEqual({ kind: "changed" });
      expect((await ring.ask("db1", done)).holds).toBe("yes");
    }
  });

  it("is drained, and ends by its stop signal", async () => {
    const [drain] = ring.node("db1").rendered.beforeStop ?? [];
    expect(drain && (await ring.perform(drain.action))).toEqual({ kind: "changed" });
    expect((await ring.ask("db1", ring.node("db1").rendered.ready)).holds).toBe("no");
    await ring.stop("db1");
  });
});

async function hasJoined(ring: RealRing): Promise<string> {
  const { turn } = ring.node("db1").rendered;
  if (turn === undefined) throw new Error("a node joins in turn");
  return (await ring.ask("db1", turn.unless)).holds;
}
