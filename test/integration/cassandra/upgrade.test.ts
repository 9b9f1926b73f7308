import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLIENT_KINDS, LoadClient } from "../../../script/benchmarks/stop-order/load-client.ts";
import { ExitCode } from "../../../src/base/exit-code.ts";
import { smc, type SmcResult } from "../../helpers/smc.ts";

const PORT = 29842;
const NODES = { db1: "127.0.0.1", db2: "127.0.0.2", db3: "127.0.0.3" };
/** Requests a second of each client. */
const RATE = 100;

/** The services file with a release, and with something that keeps one node from starting with it. */
function servicesFile(version: string, { broken = false } = {}): string {
  return `smc: 1
default: here
ports: { cassandra_native: ${PORT}, cassandra_internode: [27800, 27801], cassandra_jmx: 27999 }
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
        version: ${version}
        seeds: [db1]
        num_tokens: 4
        heap: { max: 384MB }
        replication: { load: { DC0: 3 } }
        jvm_options:
          - -XX:+UseSerialGC
          - -XX:TieredStopAtLevel=1
          - -Dcassandra.ring_delay_ms=5000
          - -Dcassandra.skip_wait_for_gossip_to_settle=0
        config: { memtable_heap_space: 64MiB, memtable_offheap_space: 64MiB, commitlog_total_space: 128MiB }
        ${broken ? "hosts: { db2: { jvm_options: [-XX:+NoSuchOption] } }" : ""}
`;
}

interface Seen {
  host: string;
  version: string;
  pid: number;
}

describe("a real ring on its way from 4.1 to 5.0 under load", () => {
  let directory = "";
  const clients: LoadClient[] = [];
  const run = (line: string): Promise<SmcResult> =>
    smc(line, {
      directory,
      env: {
        XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] ?? join(process.env["HOME"] ?? "/root", ".cache"),
        PATH: process.env["PATH"] ?? "",
      },
    });
  const write = (text: string): Promise<void> => writeFile(join(directory, "conf/services.yaml"), text);
  const status = async (): Promise<Seen[]> => {
    const { out } = await run("status cassandra --json");
    return (JSON.parse(out) as { instances: Seen[] }).instances;
  };
  const releases = async (): Promise<string[]> => (await status()).map(({ version }) => version);
  const underLoad = async (line: string): Promise<SmcResult & { failed: readonly string[] }> => {
    clients.forEach(client => client.start(RATE));
    const began = performance.now();
    const result = await run(line);
    const seconds = Math.round((performance.now() - began) / 1000);
    const ends = await Promise.all(clients.map(client => client.end()));
    const told = ends.map(
      ({ requests, errors }, index) => `${CLIENT_KINDS[index]}: ${errors.length} of ${requests} failed`,
    );
    console.log(`smc ${line}: ${seconds} s; ${told.join("; ")}`);
    return { ...result, failed: ends[CLIENT_KINDS.indexOf("usual retries")]?.errors ?? [] };
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "smc-upgrade-"));
    await mkdir(join(directory, "conf"));
    await write(servicesFile("4.1.10"));
    const started = await run("start cassandra");
    if (started.code !== ExitCode.Done) throw new Error(started.err);
    for (const kind of CLIENT_KINDS) {
      const client = new LoadClient({ kind, nodes: Object.values(NODES), port: PORT });
      await client.connect("load", 3);
      clients.push(client);
    }
  }, 420_000);

  afterAll(async () => {
    await Promise.all(clients.map(client => client.close()));
    await run("stop cassandra --yes --allow-loss");
    await rm(directory, { recursive: true, force: true });
  }, 420_000);

  it("puts a node back that does not come up, and leaves the others alone", async () => {
    const before = await status();
    await write(servicesFile("5.0.6", { broken: true }));
    const { code, err, failed } = await underLoad("upgrade cassandra --yes");
    expect([code, err]).toEqual([ExitCode.Failed, expect.stringContaining("NoSuchOption")]);
    expect(await releases()).toEqual(["5.0.6", "4.1.10", "4.1.10"]);
    expect((await status())[2]?.pid).toBe(before[2]?.pid);
    expect(failed).toEqual([]);
  }, 420_000);

  it("refuses meanwhile what must not be done to a mixed ring", async () => {
    for (const line of ["repair load --dry-run", "restart cassandra db3 --yes"]) {
      const { code, err } = await run(line);
      expect([line, code]).toEqual([line, line.startsWith("repair") ? ExitCode.Refused : ExitCode.Failed]);
      expect(err).toContain("4.1.10");
    }
    expect(await releases()).toEqual(["5.0.6", "4.1.10", "4.1.10"]);
  }, 420_000);

  it("goes back, though the newer release has written tables that the older one cannot open", async () => {
    const { code, failed, err } = await underLoad("upgrade cassandra --to 4.1.10 --rollback --yes");
    expect([code, err]).toEqual([ExitCode.Done, expect.anything()]);
    expect(await releases()).toEqual(["4.1.10", "4.1.10", "4.1.10"]);
    expect(failed).toEqual([]);
  }, 420_000);

  it("takes all of them there once nothing is in the way", async () => {
    await write(servicesFile("5.0.6"));
    const { code, failed, err } = await underLoad("upgrade cassandra --yes");
    expect([code, err]).toEqual([ExitCode.Done, expect.stringContaining("--finish")]);
    expect(await releases()).toEqual(["5.0.6", "5.0.6", "5.0.6"]);
    expect(failed).toEqual([]);
  }, 420_000);

  it("does not end it before the services file says what is to be from then on", async () => {
    const { code, err } = await run("upgrade cassandra --finish --yes");
    expect([code, err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("set config: { storage_compatibility_mode: NONE }"),
    ]);
  });
});
