import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { CLIENT_KINDS, LoadClient } from "../../../script/benchmarks/stop-order/load-client.ts";
import { ExitCode } from "../../../src/base/exit-code.ts";
import { smc, type SmcResult } from "../../helpers/smc.ts";

const PORT = 29842;
const NODES = { db1: "127.0.0.1", db2: "127.0.0.2", db3: "127.0.0.3" };
/** Requests a second of each client. */
const RATE = 100;

/** The services file with a release, with something that keeps one node from starting with it, and with the end of an upgrade. */
function servicesFile(version: string, { broken = false, finish = false } = {}): string {
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
        config: { write_request_timeout: 8s, read_request_timeout: 8s, memtable_heap_space: 64MiB, memtable_offheap_space: 64MiB, commitlog_total_space: 128MiB${finish ? ", storage_compatibility_mode: NONE" : ""} }
        ${broken ? "hosts: { db2: { jvm_options: [-XX:+NoSuchOption] } }" : ""}
`;
}

type Interrupt = (cause: "signal" | "closed") => void;

interface Seen {
  host: string;
  version: string;
  pid: number;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("a real ring on its way from 4.1 to 5.0 under load", () => {
  let directory = "";
  const clients: LoadClient[] = [];
  const run = (line: string, interrupts = new Set<Interrupt>()): Promise<SmcResult> =>
    smc(line, {
      directory,
      interrupts,
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
  const stateOf = async (name: string): Promise<string | undefined> => {
    const { out } = await run("ring --json");
    const { ring } = JSON.parse(out) as { ring: { nodes: { host: string; state: string }[] } };
    return ring.nodes.find(({ host }) => host === name)?.state;
  };
  /** The formats of all sstables of all nodes. */
  const formats = async (): Promise<string[]> => {
    const names = await readdir(directory, { recursive: true });
    const files = names.filter(name => /\/data\/\w+\/[^/]+\/[^/]+-Data\.db$/.test(name));
    return [...new Set(files.map(name => basename(name).slice(0, 2)))].toSorted();
  };
  const underLoad = async (
    line: string,
    work: () => Promise<SmcResult> = () => run(line),
  ): Promise<SmcResult & { failed: readonly string[] }> => {
    clients.forEach(client => client.start(RATE));
    const began = performance.now();
    const endAll = () => Promise.all(clients.map(client => client.end()));
    const result = await work().catch(async (error: unknown) => {
      await endAll();
      throw error;
    });
    const seconds = Math.round((performance.now() - began) / 1000);
    const ends = await endAll();
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

  it("brings a node back that died with the newer release, though that has written what the older one cannot open", async () => {
    process.kill((await status())[0]?.pid ?? 0, "SIGKILL");
    await vi.waitFor(async () => expect(await stateOf("db1")).toBe("down"), {
      timeout: 60_000,
      interval: 2000,
    });
    const { code, failed, err } = await underLoad("upgrade cassandra --to 4.1.10 --rollback --yes");
    expect([code, err]).toEqual([ExitCode.Done, expect.anything()]);
    expect(await releases()).toEqual(["4.1.10", "4.1.10", "4.1.10"]);
    expect(failed).toEqual([]);
  }, 420_000);

  it("brings the node in hand to its end when it is interrupted, and takes all of them there later", async () => {
    await write(servicesFile("5.0.6"));
    const pid = (await status())[0]?.pid ?? 0;
    const interrupts = new Set<Interrupt>();
    const {
      failed,
      code: resumed,
      err,
    } = await underLoad("upgrade cassandra --yes, interrupted, and resume", async () => {
      const begun = run("upgrade cassandra --yes", interrupts);
      await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 240_000, interval: 50 });
      interrupts.forEach(press => press("signal"));
      const { code, err: said } = await begun;
      expect([code, said]).toEqual([
        ExitCode.Interrupted,
        expect.stringContaining("cassandra@db1 is brought to an end, no more will start"),
      ]);
      expect(await releases()).toEqual(["5.0.6", "4.1.10", "4.1.10"]);
      return run("resume");
    });
    expect([resumed, err]).toEqual([ExitCode.Done, expect.stringContaining("done")]);
    expect(await releases()).toEqual(["5.0.6", "5.0.6", "5.0.6"]);
    expect(failed).toEqual([]);
  }, 420_000);

  it("does not go back over tables that were made since, unless they may be lost", async () => {
    await clients[0]?.execute("CREATE TABLE load.since (id int PRIMARY KEY)");
    const { code, err } = await run("upgrade cassandra --to 4.1.10 --rollback --yes");
    expect([code, err]).toEqual([ExitCode.Refused, expect.stringContaining("load.since: made since")]);
    expect(err).not.toContain("altered");
    const allowed = await run("upgrade cassandra --to 4.1.10 --rollback --allow-loss --dry-run");
    expect([allowed.code, allowed.out]).toEqual([
      ExitCode.Done,
      expect.stringContaining("make cassandra@db1 what it was with 4.1.10"),
    ]);
  }, 420_000);

  it("does not end it before the services file says what is to be from then on", async () => {
    const { code, err } = await run("upgrade cassandra --finish --yes");
    expect([code, err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("set config: { storage_compatibility_mode: NONE }"),
    ]);
  });

  it("ends it: all nodes write the new formats, and older files are written anew", async () => {
    expect(await formats()).toEqual(["nb"]);
    await write(servicesFile("5.0.6", { finish: true }));
    const { code, failed, err } = await underLoad("upgrade cassandra --finish --yes");
    expect([code, err]).toEqual([ExitCode.Done, expect.stringContaining("write older sstables anew")]);
    for (const mode of ["UPGRADING", "NONE"])
      expect(err).toContain(`restart with storage_compatibility_mode: ${mode}`);
    expect(await formats()).toEqual(["oa"]);
    expect(failed).toEqual([]);
    const again = await run("upgrade cassandra --finish --yes");
    expect([again.code, again.err]).toEqual([ExitCode.Done, expect.stringContaining("0 changed")]);
  }, 1_500_000);

  it("does not go back from there, and says why", async () => {
    const { code, err } = await run("upgrade cassandra --to 4.1.10 --rollback --yes");
    expect([code, err]).toEqual([ExitCode.Refused, expect.stringContaining("db1 keeps nothing of 4.1.10")]);
    expect(err).toContain("are of format oa (5.0), which 4.1.10 does not read");
  }, 420_000);
});
