import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { Client } from "cassandra-driver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ExitCode, StatusExitCode } from "../../../src/base/exit-code.ts";
import { parseRing } from "../../../src/cassandra/ring/json.ts";
import type { ObservedRing } from "../../../src/cassandra/ring/model.ts";
import { replicatedRanges } from "../../../src/cassandra/ring/replicas.ts";
import { smc, type SmcResult } from "../../helpers/smc.ts";

const PORT = 29242;
const FILE = `smc: 1
default: here
ports: { cassandra_native: ${PORT}, cassandra_internode: [27200, 27201], cassandra_jmx: 27399 }
deployments:
  here:
    site: localhost
    transport: local
    timeouts: { ready: 5m, start: 2m, stop: 2m }
    machines:
      db1: { vpn: 127.0.0.1, dc: DC0, rack: R1 }
      db2: { vpn: 127.0.0.2, dc: DC0, rack: R2 }
      db3: { vpn: 127.0.0.3, dc: DC0, rack: R2 }
    services:
      cassandra:
        at: "db[1-3]"
        version: 5.0.6
        source: { maven: "org.apache.cassandra:cassandra-all:5.0.6" }
        seeds: [db1]
        num_tokens: 8
        auth: password
        heap: { max: 384MB }
        replication: { site: { DC0: 3 }, pair: { DC0: 2 } }
        users: { operator: { superuser: true } }
        jvm_options:
          - -XX:+UseSerialGC
          - -XX:TieredStopAtLevel=1
          - -Dcassandra.ring_delay_ms=5000
          - -Dcassandra.skip_wait_for_gossip_to_settle=0
          - -Dcassandra.superuser_setup_delay_ms=0
        config: { memtable_heap_space: 64MiB, memtable_offheap_space: 64MiB, commitlog_total_space: 128MiB }
`;
/** Nobody asks `pair` at a quorum: with two replicas it never bears a loss. */
const KEEP = "--consistency pair=ONE";

interface RingAnswer {
  ring: { nodes: { host: string; state: string }[] };
  opinions: { of: string; state: string; by: string[] }[];
  disagreements: string[];
  census: string[];
  notAsked: { host: string }[];
  ifDown?: { lost: { keyspaces: string[] }[] };
}

describe("a real ring, observed", () => {
  let directory = "";
  const run = (line: string): Promise<SmcResult> =>
    smc(line, {
      directory,
      // The software is fetched once for all tests of this machine.
      env: {
        XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] ?? join(process.env["HOME"] ?? "/root", ".cache"),
        PATH: process.env["PATH"] ?? "",
      },
    });
  const ring = async (words = ""): Promise<RingAnswer> =>
    JSON.parse((await run(`ring --json ${words}`)).out) as RingAnswer;

  const pids = async (): Promise<Record<string, number>> => {
    const { out } = await run("status cassandra --json");
    const { instances } = JSON.parse(out) as { instances: { host: string; pid: number }[] };
    return Object.fromEntries(instances.map(({ host, pid }) => [host, pid]));
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "smc-ring-"));
    await mkdir(join(directory, "conf"));
    await writeFile(join(directory, "conf/services.yaml"), FILE);
    await run("secrets init");
    const started = await run("start cassandra --yes");
    if (started.code !== ExitCode.Done) throw new Error(started.err);
  });

  afterAll(async () => {
    await run("stop cassandra --yes --allow-loss");
    await rm(directory, { recursive: true, force: true });
  });

  it("is told of in one way by its nodes, by nodetool, and by smc", async () => {
    const { code, out } = await run("ring --save ring.json --keyspace site");
    expect(out).toContain("3 nodes, 3 up; Murmur3Partitioner");
    expect(out).toContain("no node says that another one is away");
    expect(out).toContain("100.0%");
    expect(code).toBe(StatusExitCode.AllRunning);
    expect(await ring()).toMatchObject({ opinions: [], disagreements: [], census: [], notAsked: [] });
  });

  it("has the replicas that the driver of clients computes", async () => {
    const observed = parseRing(await readFile(join(directory, "ring.json"), "utf8"), "ring.json");
    expect(observed.nodes.map(({ tokens }) => tokens.length)).toEqual([8, 8, 8]);
    const password = (await readFile(join(directory, "secrets/here/cassandra/operator"), "utf8")).trim();
    const client = new Client({
      contactPoints: [`127.0.0.1:${PORT}`],
      localDataCenter: "DC0",
      credentials: { username: "operator", password },
    });
    try {
      await client.connect();
      expect(replicasBySmc(observed)).toEqual(replicasByDriver(client, observed));
    } finally {
      await client.shutdown();
    }
  });

  it("says what the loss of nodes would cost", async () => {
    const one = await run("ring --if-down db2 --consistency pair=ONE");
    expect(one.out).toContain("if db2 stopped, every keyspace would keep what its clients need");
    expect(one.code).toBe(ExitCode.Done);
    const two = await run("ring --if-down db1 db2 --json");
    expect(two.code).toBe(StatusExitCode.NotAllRunning);
    const { ifDown } = JSON.parse(two.out) as RingAnswer;
    expect(ifDown?.lost.flatMap(({ keyspaces }) => keyspaces).sort()).toEqual(
      expect.arrayContaining(["pair", "site", "system_auth"]),
    );
  });

  it("refuses a restart that would lose a quorum, before anything is touched", async () => {
    const { code, err } = await run("restart cassandra --rolling --yes");
    expect(code).toBe(ExitCode.Refused);
    expect(err).toContain("pair would have 1");
  });

  it("is restarted one node at a time, though as many as may go at once were asked for", async () => {
    const { code, err } = await run(`restart cassandra --parallel ${KEEP} --yes`);
    expect([code, err]).toEqual([ExitCode.Done, expect.stringContaining("restart cassandra@db3: changed")]);
    expect((await ring()).opinions).toEqual([]);
  });

  it("can be planned, written down and applied, while it is as it was", async () => {
    expect((await run(`plan restart cassandra db1 ${KEEP} -o plan.json`)).code).toBe(ExitCode.Done);
    const { code, err } = await run("apply plan.json");
    expect([code, err]).toEqual([ExitCode.Done, expect.stringContaining("restart cassandra@db1: changed")]);
    expect((await run(`plan restart cassandra db2 ${KEEP} -o plan.json`)).code).toBe(ExitCode.Done);
  });

  it("names a node that died, counts it as down, and lets no other one go", async () => {
    kill((await pids())["db3"]);
    await expect
      .poll(() => ring(), { timeout: 60_000, interval: 500 })
      .toMatchObject({
        opinions: [{ of: "db3", state: "not heard of", by: ["db1", "db2"] }],
        notAsked: [{ host: "db3" }],
      });
    const seen = await ring();
    expect(seen.ring.nodes.map(({ host, state }) => `${host} ${state}`).sort()).toEqual([
      "db1 up",
      "db2 up",
      "db3 down",
    ]);
    expect((await run("ring")).code).toBe(StatusExitCode.NotAllRunning);
    for (const line of [
      `restart cassandra db1 ${KEEP}`,
      `stop cassandra db2 ${KEEP}`,
      `plan stop cassandra db2 ${KEEP}`,
    ]) {
      const { code, err } = await run(line);
      expect([line, code]).toEqual([line, ExitCode.Refused]);
      expect(err).toContain("bring back what is away first: smc start cassandra db3");
    }
    const outdated = await run("apply plan.json");
    expect(outdated.code).toBe(ExitCode.Refused);
    expect(outdated.err).toContain("the ring is another");
  });

  it("lets the dead node itself be restarted, and is whole afterwards", async () => {
    const { code } = await run(`restart cassandra db3 ${KEEP}`);
    expect(code).toBe(ExitCode.Done);
    expect((await run("ring")).code).toBe(StatusExitCode.AllRunning);
  });

  it("stops a run when another node dies in the middle, and takes no second one away", async () => {
    const before = await pids();
    const running = run(`restart cassandra db[1-2] --rolling ${KEEP} --yes --timeout 75s`);
    await expect
      .poll(async () => (await pids())["db1"], { timeout: 120_000, interval: 250 })
      .not.toBe(before["db1"]);
    kill(before["db3"]);
    const { code, err } = await running;
    expect([code, err]).toEqual([
      ExitCode.Failed,
      expect.stringMatching(/db2: not heard of .*; db3: connection refused/),
    ]);
    expect((await pids())["db2"]).toBe(before["db2"]);
    const history = JSON.parse((await run("history --json")).out) as { runs: { run: string }[] };
    const [interrupted] = history.runs;
    const started = await run("start cassandra");
    expect([started.code, started.err]).toEqual([ExitCode.Done, expect.anything()]);
    const resumed = await run(`resume ${interrupted?.run ?? ""}`);
    expect([resumed.code, resumed.err]).toEqual([ExitCode.Done, expect.anything()]);
    expect((await pids())["db2"]).not.toBe(before["db2"]);
  });

  it("lets a node stop that every range can spare", async () => {
    expect((await run(`stop cassandra db2 ${KEEP}`)).code).toBe(ExitCode.Done);
    await expect
      .poll(() => ring(), { timeout: 60_000 })
      .toMatchObject({ opinions: [{ of: "db2", by: ["db1", "db3"] }] });
    const second = await run(`stop cassandra db1 ${KEEP}`);
    expect(second.code).toBe(ExitCode.Refused);
    expect((await run("start cassandra")).code).toBe(ExitCode.Done);
  });
});

/** Ends a node as a power cut would. */
function kill(pid: number | undefined): void {
  if (pid === undefined || pid <= 1) throw new Error("the node does not run");
  process.kill(pid, "SIGKILL");
}

/** The addresses of the replicas of every range of every shared keyspace, by the end of the range. */
function replicasBySmc(ring: ObservedRing): Record<string, string[]> {
  const addresses = new Map(ring.nodes.map(({ id, address }) => [id, address]));
  const entries = ring.keyspaces
    .filter(({ replication }) => replication.strategy !== "local")
    .flatMap(keyspace =>
      replicatedRanges(ring, keyspace).map(({ upTo, replicas }): [string, string[]] => [
        `${keyspace.name} ${upTo}`,
        replicas.flatMap(id => addresses.get(id) ?? []).sort(),
      ]),
    );
  return Object.fromEntries(entries);
}

function replicasByDriver(client: Client, ring: ObservedRing): Record<string, string[]> {
  const entries = Object.keys(replicasBySmc(ring)).map((name): [string, string[]] => {
    const [keyspace = "", token = ""] = name.split(" ");
    const at = client.metadata.newToken(token);
    const hosts = client.metadata.getReplicas(keyspace, at) ?? [];
    return [name, hosts.map(({ address }: { address: string }) => address.split(":")[0] ?? "").sort()];
  });
  return Object.fromEntries(entries);
}
