import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, policies } from "cassandra-driver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ExitCode, StatusExitCode } from "../../../src/base/exit-code.ts";
import { smc, type SmcResult } from "../../helpers/smc.ts";

const PORT = 29342;
const FILE = `smc: 1
default: here
ports: { cassandra_native: ${PORT}, cassandra_internode: [27300, 27301], cassandra_jmx: 27499 }
deployments:
  here:
    site: localhost
    transport: local
    timeouts: { ready: 5m, start: 2m, stop: 2m }
    machines:
      db1: { vpn: 127.0.0.1, dc: DC0, rack: R1 }
      db2: { vpn: 127.0.0.2, dc: DC0, rack: R2 }
      db3: { vpn: 127.0.0.3, dc: DC0, rack: R3 }
    services:
      cassandra:
        at: "db[1-3]"
        version: 5.0.6
        source: { maven: "org.apache.cassandra:cassandra-all:5.0.6" }
        seeds: [db1]
        num_tokens: 2
        heap: { max: 384MB }
        replication: { site: { DC0: 3 } }
        jvm_options:
          - -XX:+UseSerialGC
          - -XX:TieredStopAtLevel=1
          - -Dcassandra.ring_delay_ms=5000
          - -Dcassandra.skip_wait_for_gossip_to_settle=0
          - -Dcassandra.superuser_setup_delay_ms=0
        config: { memtable_heap_space: 64MiB, memtable_offheap_space: 64MiB, commitlog_total_space: 128MiB }
`;

interface Entry {
  keyspace: string;
  tables: string[];
  replicas: string[];
  run: string;
}

interface Status {
  tables: { keyspace: string; table: string; coverage: number; expiring: boolean }[];
}

describe("the repair of a real ring", () => {
  let directory = "";
  const run = (line: string): Promise<SmcResult> =>
    smc(line, {
      directory,
      files: { "conf/services.yaml": FILE },
      // The software is fetched once for all tests of this machine.
      env: {
        XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] ?? join(process.env["HOME"] ?? "/root", ".cache"),
        PATH: process.env["PATH"] ?? "",
      },
    });

  const pidOf = async (host: string): Promise<number> => {
    const { out } = await run("status cassandra --json");
    const { instances } = JSON.parse(out) as { instances: { host: string; pid: number }[] };
    return instances.find(instance => instance.host === host)?.pid ?? 0;
  };

  const ledger = async (): Promise<Entry[]> => {
    const path = join(directory, ".local/state/smc/here/repairs.jsonl");
    const text = await readFile(path, "utf8").catch(() => "");
    return text
      .split("\n")
      .filter(line => line !== "")
      .map(line => JSON.parse(line) as Entry);
  };

  /** The coverage of each table of the keyspace. */
  const coverage = async (): Promise<Record<string, number>> => {
    const { out } = await run("repair status --json");
    const { tables } = JSON.parse(out) as Status;
    const own = tables.filter(({ keyspace }) => keyspace === "site");
    return Object.fromEntries(own.map(({ table, coverage: share }) => [table, share]));
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "smc-repair-"));
    const started = await run("start cassandra --yes");
    if (started.code !== ExitCode.Done) throw new Error(started.err);
    await withClient("127.0.0.1", async client => {
      await client.execute("CREATE TABLE site.small (k int PRIMARY KEY, v blob)");
      await client.execute("CREATE TABLE site.big (k int PRIMARY KEY, v blob)");
      await fill(client, "small", 200);
    });
  });

  afterAll(async () => {
    await run("stop cassandra --yes --allow-loss");
    await rm(directory, { recursive: true, force: true });
  });

  it("has repaired nothing at first, and says so to a monitoring script", async () => {
    expect(await coverage()).toEqual({ big: 0, small: 0 });
    expect((await run("repair status --fail-if-expiring 2d")).code).toBe(StatusExitCode.NotAllRunning);
  });

  it("repairs a table by set of replicas, range by range, and writes down what the nodes confirm", async () => {
    const { code, err } = await run("repair site.small --segments 1 --rolling");
    expect([code, err]).toEqual([ExitCode.Done, expect.stringContaining("changed")]);
    const entries = await ledger();
    expect(entries.map(({ replicas }) => replicas.toSorted())).toEqual(
      Array.from({ length: 6 }, () => ["db1", "db2", "db3"]),
    );
    expect(await coverage()).toEqual({ big: 0, small: 1 });
  });

  it("claims nothing when a node dies in the middle, and goes on where it was when it is back", async () => {
    await withClient("127.0.0.1", client => fill(client, "big", 3000));
    const before = (await ledger()).length;
    const victim = await pidOf("db3");
    const repairing = run("repair site --parallel");
    await expect
      .poll(async () => (await ledger()).length, { timeout: 60_000, interval: 50 })
      .toBe(before + 1);
    kill(victim);
    const { code, err } = await repairing;
    expect(code).toBe(ExitCode.Failed);
    expect(err).toMatch(/not repaired after 3 attempts|whether it was repaired is unknown/);
    const done = (await ledger()).slice(before);
    expect(done.length).toBeLessThan(3);
    expect((await coverage())["big"]).toBeLessThan(1);
    expect((await run("start cassandra db3")).code).toBe(ExitCode.Done);
    const resumed = await run(`resume ${done[0]?.run}`);
    expect([resumed.code, resumed.err]).toEqual([ExitCode.Done, expect.any(String)]);
    const entries = (await ledger()).slice(before);
    expect(entries.flatMap(({ replicas }) => replicas.slice(0, 1)).sort()).toEqual(["db1", "db2", "db3"]);
    expect(entries.slice(0, done.length)).toEqual(done);
    expect(new Set(entries.map(entry => entry.run)).size).toBe(1);
    expect(await coverage()).toEqual({ big: 1, small: 1 });
  });
});

async function withClient(address: string, work: (client: Client) => Promise<void>): Promise<void> {
  const only = new policies.loadBalancing.AllowListPolicy(new policies.loadBalancing.RoundRobinPolicy(), [
    `${address}:${PORT}`,
  ]);
  const client = new Client({
    contactPoints: [`${address}:${PORT}`],
    localDataCenter: "DC0",
    policies: { loadBalancing: only },
  });
  try {
    await client.connect();
    await work(client);
  } finally {
    await client.shutdown();
  }
}

/** Rows of 10 KB that do not compress. */
async function fill(client: Client, table: string, rows: number): Promise<void> {
  for (let first = 0; first < rows; first += 50) {
    const batch = Array.from({ length: 50 }, (_, index) =>
      client.execute(`INSERT INTO site.${table} (k, v) VALUES (?, ?)`, [first + index, randomBytes(10_000)], {
        prepare: true,
      }),
    );
    await Promise.all(batch);
  }
}

/** Ends a node as a power cut would. */
function kill(pid: number): void {
  if (pid <= 1) throw new Error("the node does not run");
  process.kill(pid, "SIGKILL");
}
