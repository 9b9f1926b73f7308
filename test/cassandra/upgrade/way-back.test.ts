import { describe, expect, it } from "vitest";
import type { ObservedRing, RingNode } from "../../../src/cassandra/ring/model.ts";
import type { KeptRelease } from "../../../src/cassandra/upgrade/kept.ts";
import type { HostFacts } from "../../../src/cassandra/upgrade/preflight.ts";
import { ringLines } from "../../../src/cassandra/upgrade/ring-changes.ts";
import { readSchema, type DatedSchema } from "../../../src/cassandra/upgrade/schema-changes.ts";
import {
  returningNodes,
  wayBackProblems,
  type Returning,
  type WayBack,
} from "../../../src/cassandra/upgrade/way-back.ts";
import { parseCassandraVersion, type CassandraVersion } from "../../../src/cassandra/version.ts";

/** When the first node was kept, in seconds. */
const THEN = 1_795_759_966;
const ID = "01234567-89ab-cdef-0123-456789abcdef";
const PLACE = `site/hub-${ID.replaceAll("-", "")}`;
const VIEW = `site/by_name-${ID.replaceAll("-", "")}`;

const version = (text: string): CassandraVersion => {
  const parsed = parseCassandraVersion(text);
  if (parsed === undefined) throw new Error(`${text} is no version`);
  return parsed;
};

function facts(host: string, kept: HostFacts["kept"]): HostFacts {
  return { host, java: 17, formats: [], free: { data: 1, software: 1 }, busy: [], kept };
}

const keptThen = (more: Partial<KeptRelease> = {}): KeptRelease[] => [
  { to: "5.0.6", at: THEN, tables: [PLACE, VIEW], ring: ringLines(RING), ...more },
];

function ringOf(nodes: Record<string, Partial<RingNode>>): ObservedRing {
  const place = { address: "", dc: "DC0", rack: "R", tokens: [1n], mode: "normal", schema: "s" } as const;
  return {
    version: 1,
    partitioner: "Murmur3Partitioner",
    keyspaces: [],
    nodes: Object.entries(nodes).map(([host, more]) => {
      return { id: host, host, ...place, state: "up", release: "5.0.6", ...more };
    }),
  };
}

const RING: ObservedRing = {
  ...ringOf({ db1: {}, db2: {} }),
  keyspaces: [{ name: "site", replication: { strategy: "network", factors: { DC0: 2 } } }],
};

describe("returningNodes", () => {
  it("has those with another release, and those that are down and keep what they were, whatever others have heard of them", () => {
    const ring = ringOf({
      db1: {},
      db2: { release: "4.1.10" },
      db3: { release: "4.1.10", state: "down" },
      db4: { release: "4.1.10", state: "down" },
      db5: { state: "unknown" },
    });
    const hosts = [
      ...["db1", "db2", "db3"].map(host => facts(host, keptThen())),
      facts("db4", []),
      facts("db5", keptThen()),
    ];
    const from = version("5.0.6");
    expect(returningNodes(ring, hosts, version("4.1.10"))).toEqual([
      { host: "db1", from, down: false },
      { host: "db3", from, down: true },
    ]);
  });
});

/** Microseconds, so many seconds after the first node was kept. */
const after = (seconds: number): string => String((THEN + seconds) * 1_000_000);

interface Dated {
  keyspace?: string;
  table?: string;
  column?: string;
  id?: string;
  view?: string;
  others?: string;
}

/** The schema of before, with what was written so many seconds after the first node was kept. */
function schema({
  keyspace = after(-9),
  table = after(-9),
  column = after(-9),
  id = ID,
  view = ID,
  others = after(-9),
}: Dated): DatedSchema {
  const hub = { keyspace_name: "site", table_name: "hub" };
  const own = { keyspace_name: "system_auth", table_name: "cidr_groups", id: ID };
  return readSchema({
    keyspaces: [
      { keyspace_name: "site", written: keyspace },
      { keyspace_name: "system", written: after(9) },
    ],
    tables: [
      { ...hub, id, written: table },
      { ...own, written: after(9) },
    ],
    columns: [
      { ...hub, column_name: "id", written: after(-9) },
      { ...hub, column_name: "notes", written: column },
      { keyspace_name: "system_auth", table_name: "cidr_groups", column_name: "c", written: after(9) },
      {
        keyspace_name: "site",
        table_name: "by_name",
        column_name: "id",
        written: view === ID ? after(-9) : after(9),
      },
    ],
    views: [{ keyspace_name: "site", view_name: "by_name", id: view, written: after(-9) }],
    types: [{ keyspace_name: "site", type_name: "address", written: others }],
    functions: [{ keyspace_name: "site", function_name: "twice", written: others }],
    aggregates: [{ keyspace_name: "site", aggregate_name: "most", written: others }],
  });
}

function problems(more: Partial<WayBack> = {}): string[] {
  const returning: Returning[] = ["db1", "db2"].map(host => ({ host, from: version("5.0.6"), down: false }));
  const hosts = [facts("db1", keptThen()), facts("db2", keptThen({ at: THEN + 60 }))];
  return wayBackProblems({
    ring: RING,
    hosts,
    to: version("4.1.10"),
    returning,
    schemas: [schema({}), schema({})],
    allowLoss: false,
    ...more,
  });
}

describe("wayBackProblems", () => {
  it("has none where nothing was changed since", () => {
    expect(problems()).toEqual([]);
  });

  it("names every node that has nothing to go back to", () => {
    const hosts = [facts("db1", keptThen({ to: "5.0.4" })), facts("db2", { why: "no folder" })];
    expect(problems({ hosts })).toEqual([
      expect.stringContaining("db1 keeps nothing of 4.1.10"),
      "db2: what it kept cannot be told: no folder",
    ]);
  });

  it("does not call a keyspace altered because a table of it was made, though that writes its row anew", () => {
    const made = schema({ id: ID.replace("0", "f"), keyspace: after(1) });
    expect(problems({ schemas: [made, made] })).toEqual([
      expect.stringContaining("site.hub: made since the upgrade, and lost"),
    ]);
  });

  it.each<[string, Dated, string]>([
    ["made", { id: ID.replace("0", "f") }, "site.hub: made since the upgrade, and lost"],
    ["altered", { table: after(1) }, "site.hub: altered since the upgrade"],
    ["altered as a keyspace", { keyspace: after(1) }, "site: made or altered since"],
    ["made as a view", { view: ID.replace("0", "f") }, "site.by_name: made since the upgrade, and lost"],
    [
      "made beside tables",
      { others: after(1) },
      "aggregate site.most, function site.twice, type site.address: made or changed since",
    ],
  ])("names what was %s since, unless that may be lost", (_, dated, said) => {
    const schemas = [schema({}), schema(dated)];
    expect(problems({ schemas })).toEqual([expect.stringContaining(said)]);
    expect(problems({ schemas, allowLoss: true })).toEqual([]);
  });

  it.each<[string, Partial<ObservedRing>, string]>([
    ["with a node more", ringOf({ db1: {}, db2: {}, db4: {} }), "db4: in the ring since the upgrade"],
    ["with a node less", ringOf({ db1: {} }), "db2: the ids of nodes that were in the ring"],
    ["with another node on a host", ringOf({ db1: {}, db2: { id: "9" } }), "db2: in the ring since"],
    [
      "that replicates in another way",
      { keyspaces: [{ name: "site", replication: { strategy: "simple", factor: 2 } }] },
      "site: made or replicated in another way since the upgrade",
    ],
  ])("never goes back to a ring %s", (_, now, said) => {
    const ring = { ...RING, ...(now.nodes === undefined ? now : { nodes: now.nodes }) };
    const schemas = [schema({ keyspace: after(1) })];
    const found = problems({ ring, schemas, allowLoss: true });
    expect(found[0]).toContain(said);
    // Once the ring is as it was again, only the time of the statement is another.
    expect(problems({ schemas, allowLoss: true })).toEqual([]);
  });

  it("never lets tables go back whose files the older release could not read", () => {
    const schemas = [schema({ table: after(1), column: after(1) })];
    for (const allowLoss of [false, true])
      expect(problems({ schemas, allowLoss })).toEqual([
        expect.stringContaining("site.hub (notes): with columns that are not those of before"),
      ]);
  });

  it("names a table that a node which went later did not have either", () => {
    const hosts = [facts("db1", keptThen({ tables: [VIEW] })), facts("db2", keptThen())];
    expect(problems({ hosts })).toEqual([expect.stringContaining("site.hub: made since")]);
  });

  it("does not go on without an answer, and asks nothing within a line", () => {
    const schemas = [{ why: "no answer" }];
    expect(problems({ schemas })).toEqual(["the schema cannot be told: no answer"]);
    const returning: Returning[] = [{ host: "db1", from: version("5.0.6"), down: false }];
    const hosts = [facts("db1", keptThen())];
    expect(problems({ schemas, returning, hosts, to: version("5.0.4") })).toEqual([]);
  });
});
