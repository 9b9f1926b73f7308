import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { ringToJson } from "../../src/cassandra/ring/json.ts";
import type { Keyspace, ObservedRing, RingNode } from "../../src/cassandra/ring/model.ts";
import { smc, type SmcResult } from "../helpers/smc.ts";

/** Hosts that nobody could reach: a command that asks one of them fails. */
const servicesFile = (count: number): string => `smc: 1
deployments:
  far:
    site: example.org
    machines:
      db[1-${count}]: {dc: DC0, vpn: "203.0.113.{n}"}
    services:
      cassandra: {at: "db[1-${count}]", seeds: [db1]}
      web: {at: db1, command: [sleep, "600"]}
`;
const SITE: Keyspace = { name: "site", replication: { strategy: "network", factors: { DC0: 3 } } };
const AUTH: Keyspace = { name: "system_auth", replication: { strategy: "simple", factor: 3 } };

interface Answer {
  version: number;
  waves: string[][];
  refused: { host: string; keyspaces: string[]; range: object; left: string[] }[];
  steps?: object[];
  plan?: { steps: object[] };
  error?: { code: string; message: string };
}

describe("--observed", () => {
  it("plans the waves of a ring in a file, no host asked", async () => {
    const { code, out } = await run("restart cassandra --parallel --observed ring.json --dry-run --json");
    expect(code).toBe(ExitCode.Done);
    const answer = JSON.parse(out) as Answer;
    expect(answer.waves).toEqual([
      ["db1", "db4"],
      ["db2", "db5"],
      ["db3", "db6"],
    ]);
    expect(answer.refused).toEqual([]);
    expect(answer.plan?.steps.length).toBe(answer.steps?.length);
  });

  it.each([
    ["restart cassandra --rolling", 6],
    ["restart cassandra", 6],
    ["restart cassandra db[2-3]", 2],
    ["restart cassandra --parallel 1", 6],
    ["restart cassandra --parallel --max-down 1", 6],
    ["restart cassandra --parallel --consistency ONE", 2],
    [
      "restart cassandra --parallel --consistency one --consistency system_auth=none --consistency site=NONE",
      1,
    ],
    ["plan restart cassandra --parallel", 3],
    ["stop cassandra db2 db5", 1],
  ])("%s takes %i waves", async (line, count) => {
    const { code, out, err } = await run(`${line} --observed ring.json --dry-run --json`);
    expect(err).toBe("");
    expect(code).toBe(ExitCode.Done);
    expect((JSON.parse(out) as Answer).waves).toHaveLength(count);
  });

  it("tells people the waves above the steps", async () => {
    const { out } = await run("restart cassandra --parallel --observed ring.json --dry-run");
    expect(out).toContain("wave 1: 2 nodes, db[1,4]\n");
    const rolling = await run("restart cassandra --rolling --observed ring.json --dry-run");
    expect(rolling.out).toContain("6 waves of one node each\n");
  });

  it.each(["restart cassandra db[1-3] --rolling", "stop cassandra db[1-3]", "plan stop cassandra db[1-3]"])(
    "refuses %s where a quorum would be lost, with keyspace, range and what would be left",
    async line => {
      const { code, out } = await run(`${line} --observed ring.json --dry-run --json`, { down: ["db2"] });
      expect(code).toBe(ExitCode.Refused);
      const answer = JSON.parse(out) as Answer;
      expect(answer.refused.map(({ host }) => host)).toEqual(["db1", "db3"]);
      expect(answer.refused[0]).toMatchObject({
        keyspaces: ["site"],
        range: { after: "60", upTo: "10" },
        replicas: ["db1", "db2", "db3"],
      });
      expect(answer.error?.code).toBe("QUORUM_AT_RISK");
      expect(answer.plan).toBeUndefined();
    },
  );

  it("says so to people, and goes on where loss is meant", async () => {
    const refused = await run("restart cassandra db3 --observed ring.json --dry-run", { down: ["db2"] });
    expect(refused.code).toBe(ExitCode.Refused);
    expect(refused.out).toBe("");
    expect(refused.err).toContain("to restart cassandra on db3 would lose a quorum");
    const meant = await run("restart cassandra db3 --observed ring.json --dry-run --allow-loss", {
      down: ["db2"],
    });
    expect(meant.code).toBe(ExitCode.Done);
    expect(meant.out).toContain("restart cassandra@db3");
    expect(meant.out).toMatch(
      /^--allow-loss: db3 goes all the same, and meanwhile a quorum is lost:\n {2}db3: \S.* would have 1 /m,
    );
  });

  it("warns where there are no keyspaces that would keep a node", async () => {
    const ring = { ...ringOf(6), keyspaces: [] };
    const { code, err } = await run("restart cassandra --parallel --observed ring.json --dry-run", { ring });
    expect([code, err]).toEqual([
      ExitCode.Done,
      expect.stringMatching(/^warning: the file has no keyspaces/m),
    ]);
  });

  it("warns of nodes that are in another rack than the services file says", async () => {
    const ring = ringOf(6);
    const moved = { ...ring, nodes: ring.nodes.map(node => ({ ...node, rack: "elsewhere" })) };
    const { err } = await run("restart cassandra db3 --observed ring.json --dry-run", { ring: moved });
    expect(err).toMatch(
      /^warning: db3 is in DC0, elsewhere of the ring, and in DC0, RAC0 of the services file/m,
    );
    const stop = await run("stop cassandra db3 --observed ring.json --dry-run --allow-loss", { ring: moved });
    expect(stop.err).not.toContain("warning");
    const ignoring = 'jvm_options: ["-Dcassandra.ignore_rack=true"]';
    const meant = await run("restart cassandra db3 --observed ring.json --dry-run", {
      ring: moved,
      ignoring,
    });
    expect(meant.err).not.toContain("warning");
  });

  it("stops with the names when ring and services file have other nodes", async () => {
    const { code, err } = await run("restart cassandra --rolling --observed ring.json --dry-run", {
      hosts: 7,
    });
    expect(code).toBe(ExitCode.Refused);
    expect(err).toContain("in the services file and not in the ring: db7");
    const fewer = await run("stop cassandra db1 --observed ring.json --dry-run", { hosts: 4 });
    expect(fewer.code).toBe(ExitCode.Refused);
    expect(fewer.err).toContain("in the ring and not in the services file: db[5-6]");
  });

  it("knows a node by its address too", async () => {
    const ring = ringOf(6);
    const unnamed = { ...ring, nodes: ring.nodes.map(node => ({ ...node, host: node.address })) };
    const { out } = await run("restart cassandra --parallel --observed ring.json --dry-run --json", {
      ring: unnamed,
    });
    expect((JSON.parse(out) as Answer).waves[0]).toEqual(["db1", "db4"]);
  });

  it.each([
    ["restart cassandra --observed ring.json --yes", "goes with --dry-run"],
    ["plan stop cassandra --observed ring.json", "goes with --dry-run"],
    ["plan restart cassandra --observed ring.json --dry-run -o plan.json", "cannot be written for smc apply"],
    ["restart cassandra --observed none.json --dry-run", "the ring cannot be read"],
    ["restart web --observed ring.json --dry-run", "smc restart web takes none away"],
    ["plan start cassandra --observed ring.json --dry-run", "smc start cassandra takes none away"],
    ["restart cassandra --observed ring.json --dry-run --consistency SOME", 'a level, not "SOME"'],
    [
      "restart cassandra --observed ring.json --dry-run --consistency sit=ONE",
      "the ring has no keyspace sit",
    ],
    ["restart cassandra --observed ring.json --dry-run --max-down 0", "--max-down takes a number from 1 up"],
  ])("%s is a usage error", async (line, part) => {
    const { code, err } = await run(line);
    expect(code).toBe(ExitCode.Usage);
    expect(err).toContain(part);
  });

  it("plans a ring of 200 nodes with 256 tokens each in seconds", async () => {
    const began = performance.now();
    const { code, out } = await run("restart cassandra --rolling --observed ring.json --dry-run --json", {
      hosts: 200,
      ring: ringOf(200, 256),
    });
    expect(code).toBe(ExitCode.Done);
    expect((JSON.parse(out) as Answer).waves.flat()).toHaveLength(200);
    expect(performance.now() - began).toBeLessThan(30_000);
  });
});

function run(
  line: string,
  words: { hosts?: number; down?: string[]; ring?: ObservedRing; ignoring?: string } = {},
): Promise<SmcResult> {
  const ring = words.ring ?? ringOf(6);
  const down = words.down ?? [];
  const nodes = ring.nodes.map(node =>
    down.includes(node.host) ? { ...node, state: "down" as const } : node,
  );
  const files = {
    "services.yaml": servicesFile(words.hosts ?? 6).replace("seeds: [db1]", match =>
      [match, words.ignoring].filter(part => part !== undefined).join(", "),
    ),
    "ring.json": JSON.stringify(ringToJson({ ...ring, nodes })),
  };
  return smc(`-f services.yaml ${line}`, { files });
}

/** Tokens go round the ring in the order of the nodes. */
function ringOf(count: number, tokens = 1): ObservedRing {
  const nodes = Array.from({ length: count }, (_, index): RingNode => ({
    id: `id${index + 1}`,
    host: `db${index + 1}`,
    address: `203.0.113.${index + 1}`,
    dc: "DC0",
    rack: "RAC0",
    tokens: Array.from({ length: tokens }, (__, round) => BigInt((round * count + index + 1) * 10)),
    state: "up",
    mode: "normal",
    release: "5.0.6",
    schema: "s",
  }));
  return { version: 1, partitioner: "Murmur3Partitioner", nodes, keyspaces: [SITE, AUTH] };
}
