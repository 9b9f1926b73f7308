import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "cassandra-driver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LoadClient } from "../../../script/benchmarks/stop-order/load-client.ts";
import { ExitCode } from "../../../src/base/exit-code.ts";
import { smc, type SmcResult } from "../../helpers/smc.ts";

const PORT = 29542;
const PROGRAM = join(import.meta.dirname, "../../../bin/smc");
const servicesFile = (hosts: string): string => `smc: 1
default: here
ports: { cassandra_native: ${PORT}, cassandra_internode: [27500, 27501], cassandra_jmx: 27699 }
deployments:
  here:
    site: localhost
    transport: local
    timeouts: { ready: 5m, start: 2m, stop: 2m }
    machines:
      db1: { vpn: 127.0.0.1, dc: DC0, rack: R1 }
      db2: { vpn: 127.0.0.2, dc: DC0, rack: R2 }
      db3: { vpn: 127.0.0.3, dc: DC0, rack: R3 }
      db4: { vpn: 127.0.0.4, dc: DC0, rack: R3 }
    services:
      cassandra:
        at: "${hosts}"
        version: 5.0.6
        source: { maven: "org.apache.cassandra:cassandra-all:5.0.6" }
        seeds: [db1, db2]
        num_tokens: 4
        heap: { max: 384MB }
        replication: { site: { DC0: 3 } }
        jvm_options:
          - -XX:+UseSerialGC
          - -XX:TieredStopAtLevel=1
          - -Dcassandra.ring_delay_ms=5000
          - -Dcassandra.skip_wait_for_gossip_to_settle=0
          - -Dcassandra.superuser_setup_delay_ms=0
        config: { stream_throughput_outbound: 1MiB/s, stream_entire_sstables: false, write_request_timeout: 8s, read_request_timeout: 8s, memtable_heap_space: 64MiB, memtable_offheap_space: 64MiB, commitlog_total_space: 128MiB }
`;

interface Seen {
  ring: { nodes: { host: string; state: string; mode: string }[] };
  census: string[];
}

describe("a real ring that grows and shrinks under load", () => {
  let directory = "";
  const client = new LoadClient({ kind: "usual retries", nodes: ["127.0.0.1", "127.0.0.2"], port: PORT });
  const env = (): Record<string, string> => ({
    // The software is fetched once for all tests of this machine.
    XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] ?? join(process.env["HOME"] ?? "/root", ".cache"),
    PATH: process.env["PATH"] ?? "",
  });
  const run = (line: string): Promise<SmcResult> => smc(line, { directory, env: env() });
  const site = (hosts: string): Promise<void> =>
    writeFile(join(directory, "conf/services.yaml"), servicesFile(hosts));
  const runs = (): string => join(directory, ".local/state/smc/here/runs");

  /** The steps that the newest run has ended. */
  const ended = async (): Promise<string[]> => {
    const newest = (await readdir(runs())).toSorted().at(-1) ?? "";
    const lines = (await readFile(join(runs(), newest), "utf8")).split("\n").filter(line => line !== "");
    return lines
      .map(line => JSON.parse(line) as { type?: string; step?: string })
      .flatMap(({ type, step }) => (type === "step-ended" && step !== undefined ? [step] : []));
  };

  /** Runs a verb as a process of its own, and kills it as soon as it has ended that step. */
  const killedAfter = async (step: string, ...words: string[]): Promise<void> => {
    const before = await readdir(runs());
    const child: ChildProcess = spawn(PROGRAM, words, {
      cwd: directory,
      env: { ...env(), HOME: directory },
      stdio: "ignore",
    });
    const closed = once(child, "close");
    await expect
      .poll(async () => ((await readdir(runs())).length > before.length ? await ended() : []), {
        timeout: 90_000,
        interval: 50,
      })
      .toContain(step);
    child.kill("SIGKILL");
    await closed;
  };

  const membersOf = async (): Promise<string[]> => {
    const { out } = await run("ring --json");
    const { ring } = JSON.parse(out) as Seen;
    return ring.nodes.map(({ host, state, mode }) => `${host} ${state} ${mode}`).toSorted();
  };

  const pidOf = async (host: string): Promise<number> => {
    const { out } = await run("status cassandra --json");
    const { instances } = JSON.parse(out) as { instances: { host: string; pid: number }[] };
    return instances.find(instance => instance.host === host)?.pid ?? 0;
  };

  const tell = (what: string, value: unknown): void =>
    void process.stderr.write(`${what}: ${JSON.stringify(value)}\n`);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "smc-grow-"));
    const started = await smc("start cassandra --yes", {
      directory,
      env: env(),
      files: { "conf/services.yaml": servicesFile("db[1-3]") },
    });
    if (started.code !== ExitCode.Done) throw new Error(started.err);
    await client.connect("load", 3);
    await fill();
  });

  afterAll(async () => {
    await client.close();
    await site("db[1-4]");
    await run("stop cassandra --yes --allow-loss");
    for (const host of ["db1", "db2", "db3", "db4"]) {
      const pid = await pidOf(host);
      if (pid > 1) kill(pid);
    }
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });

  it("lets a node join, though smc is killed meanwhile, and loses no request", async () => {
    await site("db[1-4]");
    client.start(100);
    await killedAfter("start cassandra@db4", "expand", "--yes");
    const resumed = await run("resume");
    const load = await client.end();
    tell("expand", { ...load, out: resumed.err });
    expect([resumed.code, load.errors]).toEqual([ExitCode.Done, []]);
    expect(load.requests).toBeGreaterThan(500);
    expect(await membersOf()).toEqual(["db1", "db2", "db3", "db4"].map(host => `${host} up normal`));
    expect(await ended()).toEqual(
      expect.arrayContaining(["cleanup cassandra@db1", "cleanup cassandra@db2", "cleanup cassandra@db3"]),
    );
    expect((await run("expand --yes")).err).toContain("the ring has every node that was named");
  });

  it("takes it out again, though smc is killed meanwhile, and loses no request", async () => {
    const refused = await run("shrink db3 db4 --yes");
    expect([refused.code, refused.err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("3 replicas in DC0, and 2 nodes would be left there"),
    ]);
    client.start(100);
    await killedAfter("decommission cassandra@db4", "shrink", "db4", "--yes");
    const resumed = await run("resume");
    const load = await client.end();
    tell("shrink", { ...load, out: resumed.err });
    expect([resumed.code, load.errors]).toEqual([ExitCode.Done, []]);
    expect(load.requests).toBeGreaterThan(300);
    const again = await run("shrink db4 --yes");
    expect([again.code, again.err]).toEqual([ExitCode.Done, expect.stringContaining("unchanged")]);
    expect(await pidOf("db4")).toBe(0);
    await site("db[1-3]");
    expect(await membersOf()).toEqual(["db1", "db2", "db3"].map(host => `${host} up normal`));
  });

  it("does not let a node join with what is left of its old life", async () => {
    await site("db[1-4]");
    const { code, err } = await run("expand --yes");
    expect([code, err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("db4 has the data of a node that left"),
    ]);
  });

  it("lets it take the place of a node that was killed, and of none that lives", async () => {
    await site("db[1-4]");
    const state = join(directory, ".local/state/smc/here");
    await rm(join(state, "data/cassandra@db4"), { recursive: true, force: true });
    const alive = await run("replace db3 db4 --yes");
    expect([alive.code, alive.err]).toEqual([ExitCode.Refused, expect.stringContaining("db3 is up")]);
    kill(await pidOf("db3"));
    client.start(100);
    await expect.poll(membersOf, { timeout: 90_000, interval: 1000 }).toContain("db3 down normal");
    const replaced = await run("replace db3 db4 --yes");
    const load = await client.end();
    tell("replace", { ...load, out: replaced.err });
    expect([replaced.code, load.errors]).toEqual([ExitCode.Done, []]);
    await site("db[1-2],db4");
    expect(await membersOf()).toEqual(["db1", "db2", "db4"].map(host => `${host} up normal`));
    const left = (await readdir(state, { recursive: true })).filter(path => path.includes("first-boot"));
    expect(left).toEqual([]);
  });
});

/** Rows of 10 KB that do not compress, so that a node streams for some seconds. */
async function fill(): Promise<void> {
  const client = new Client({
    contactPoints: [`127.0.0.1:${PORT}`],
    localDataCenter: "DC0",
    queryOptions: { prepare: true },
  });
  await client.connect();
  await client.execute("CREATE TABLE load.big (k int PRIMARY KEY, v blob)");
  for (let first = 0; first < 1000; first += 50) {
    const rows = Array.from({ length: 50 }, (_, index) => [first + index, randomBytes(10_000)]);
    await Promise.all(rows.map(row => client.execute("INSERT INTO load.big (k, v) VALUES (?, ?)", row)));
  }
  await client.shutdown();
}

/** Ends a node as a power cut would. */
function kill(pid: number): void {
  if (pid <= 1) throw new Error("the node does not run");
  process.kill(pid, "SIGKILL");
}
