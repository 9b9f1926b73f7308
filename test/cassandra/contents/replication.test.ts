import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changesOf } from "../../../src/cassandra/contents/change.ts";
import { planReplication } from "../../../src/cassandra/contents/replication.ts";
import { OperatorError } from "../../../src/base/operator-error.ts";
import type { Keyspace, ObservedRing, Replication, RingNode } from "../../../src/cassandra/ring/model.ts";
import { textOf } from "../../helpers/cassandra-node.ts";

interface Words {
  keyspaces: Readonly<Record<string, Replication>>;
  wanted: Readonly<Record<string, Readonly<Record<string, number>>>>;
  nodes?: readonly Partial<RingNode>[];
  allowStale?: boolean;
}

const LOGINS = network({ DC0: 3, DC1: 2 });

function network(factors: Readonly<Record<string, number>>): Replication {
  return { strategy: "network", factors };
}

/** Three nodes in DC0 and two in DC1. */
function plan({ keyspaces, wanted, nodes = [], allowStale = false }: Words) {
  const dcs = ["DC0", "DC0", "DC0", "DC1", "DC1"];
  const ring: ObservedRing = {
    version: 1,
    partitioner: "Murmur3Partitioner",
    nodes: dcs.map((dc, index): RingNode => {
      const place = { dc, rack: "R", tokens: [BigInt(index)] };
      const state = { state: "up", mode: "normal", release: "5.0.6", schema: "s" } as const;
      const name = { id: `n${index}`, host: `db${index}`, address: `127.0.0.${index + 1}` };
      return { ...name, ...place, ...state, ...nodes[index] };
    }),
    keyspaces: Object.entries({ system_auth: LOGINS, ...keyspaces }).map(([name, replication]): Keyspace => ({
      name,
      replication,
    })),
  };
  return planReplication({ ring, wanted, level: "QUORUM", allowStale });
}

function refusal(words: Words): readonly string[] {
  try {
    plan(words);
  } catch (error) {
    if (error instanceof OperatorError && error.exit === 3) return error.details;
    throw error;
  }
  throw new Error("it was not refused");
}

function statements(words: Words): string[] {
  return changesOf(plan(words)).flatMap(({ statements: all }) => all.map(textOf));
}

describe("planReplication", () => {
  it("plans nothing where nothing differs, whatever else the ring has", () => {
    const made = plan({
      keyspaces: {
        site: network({ DC0: 3 }),
        old: network({ DC0: 1 }),
        system_traces: { strategy: "simple", factor: 2 },
      },
      wanted: { site: { DC0: 3, DC1: 0 } },
    });
    expect(made.parts).toEqual([]);
    expect(made.notes).toEqual(["in the ring and not in the services file, left alone: old"]);
  });

  it("changes each keyspace by one statement, makes what is missing, and names the repair", () => {
    const words = {
      keyspaces: { site: network({ DC0: 2 }), system_traces: { strategy: "simple", factor: 2 } as const },
      wanted: { site: { DC0: 3 }, fresh: { DC0: 2, DC1: 2 }, system_traces: { DC0: 2, DC1: 1 } },
    };
    expect(statements(words)).toEqual([
      `ALTER KEYSPACE "site" WITH replication = {'class': 'NetworkTopologyStrategy', 'DC0': 3}`,
      `CREATE KEYSPACE "fresh" WITH replication = {'class': 'NetworkTopologyStrategy', 'DC0': 2, 'DC1': 2}`,
      `ALTER KEYSPACE "system_traces" WITH replication = {'class': 'NetworkTopologyStrategy', 'DC0': 2, 'DC1': 1}`,
    ]);
    const made = plan(words);
    expect(changesOf(made).map(({ before, after }) => [before, after])).toEqual([
      ["DC0: 2", "DC0: 3"],
      ["absent", "DC0: 2, DC1: 2"],
      ["2 anywhere", "DC0: 2, DC1: 1"],
    ]);
    expect(made.next).toEqual(["repair --full site", "repair --full system_traces"]);
    expect(made.parts.map(({ kind }) => kind)).toEqual(["ring", "change", "change", "change", "ring"]);
  });

  it("knows a keyspace that is so by its row, and none with a data centre more", () => {
    const [change] = changesOf(
      plan({ keyspaces: { site: network({ DC0: 2 }) }, wanted: { site: { DC0: 3 } } }),
    );
    if (change === undefined || !("rows" in change.done)) throw new Error("it is known by rows");
    const pattern = new RegExp(change.done.rows);
    const row = (factors: object) =>
      JSON.stringify([
        { replication: { ...factors, class: "org.apache.cassandra.locator.NetworkTopologyStrategy" } },
      ]);
    expect(pattern.test(row({ DC0: "3" }))).toBe(true);
    expect(pattern.test(row({ DC0: "2" }))).toBe(false);
    expect(pattern.test(row({ DC0: "3", DC1: "1" }))).toBe(false);
  });

  it("refuses with every reason: data centres, nodes, keyspaces that nobody shares, nodes that are away", () => {
    expect(
      refusal({
        keyspaces: { site: network({ DC0: 2 }), system: { strategy: "local" } },
        wanted: {
          site: { DCO: 3 },
          many: { DC1: 3 },
          none: { DC0: 0 },
          system: { DC0: 1 },
          system_views: { DC0: 1 },
        },
        nodes: [{}, { state: "down" }, { mode: "leaving" }],
      }),
    ).toEqual([
      "site: the ring has no data centre DCO; did you mean DC0?",
      "many: 3 replicas in DC1, which has 2 nodes",
      "none: it would have no replica anywhere",
      "system: every node has its own, it has no replicas",
      "system_views: this release has no such keyspace",
      "db1 is down: replicas do not move while a node is away",
      "db2 is leaving: replicas do not move while a node is away",
    ]);
  });

  it("refuses what clients would read old data after, unless that is meant", () => {
    const words = { keyspaces: { site: network({ DC0: 1 }) }, wanted: { site: { DC0: 3 } } };
    expect(refusal(words)).toEqual([
      expect.stringContaining("site: reads at QUORUM may miss what was written, in 5 of 5"),
    ]);
    expect(statements({ ...words, allowStale: true })).toHaveLength(1);
  });

  it("raises the logins one replica at a time, reads all of them each time, and lowers at the end", () => {
    const words = {
      keyspaces: { system_auth: network({ DC0: 3 }) },
      wanted: { system_auth: { DC0: 2, DC1: 2 } },
    };
    expect(changesOf(plan(words)).map(({ before, after }) => [before, after])).toEqual([
      ["DC0: 3", "DC0: 3, DC1: 1"],
      ["DC0: 3, DC1: 1", "DC0: 3, DC1: 2"],
      ["DC0: 3, DC1: 2", "DC0: 2, DC1: 2"],
    ]);
    expect(
      changesOf(plan(words)).every(
        ({ consistency, statements: all }) => consistency === "all" && all.length > 1,
      ),
    ).toBe(true);
  });

  it("moves logins by at most one replica up, never below where they were and are to be, and to the target", () => {
    const factors = fc.record({ DC0: fc.integer({ min: 0, max: 3 }), DC1: fc.integer({ min: 0, max: 2 }) });
    const some = factors.filter(({ DC0, DC1 }) => DC0 + DC1 > 0);
    fc.assert(
      fc.property(some, some, (now, target) => {
        const changes = changesOf(
          plan({ keyspaces: { system_auth: network(now) }, wanted: { system_auth: target } }),
        );
        const stages = [now, ...changes.map(({ after }) => readFactors(after))];
        expect(stages.at(-1)).toEqual(target);
        const sum = ({ DC0, DC1 }: typeof now) => DC0 + DC1;
        const moves = stages.slice(1).map((stage, index) => sum(stage) - sum(stages[index] ?? now));
        expect(moves.filter(move => move > 1)).toEqual([]);
        // What lowers is the last change, so that it goes to the target at once.
        expect(moves.slice(0, -1).filter(move => move < 0)).toEqual([]);
      }),
    );
  });
});

function readFactors(text: string): { DC0: number; DC1: number } {
  const count = (dc: string): number => Number(new RegExp(`${dc}: (\\d+)`).exec(text)?.[1] ?? 0);
  return { DC0: count("DC0"), DC1: count("DC1") };
}
