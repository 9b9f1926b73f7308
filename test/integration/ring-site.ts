import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { auth, Client } from "cassandra-driver";
import { stringify } from "yaml";
import { ExitCode } from "../../src/base/exit-code.ts";
import type { LedgerEntry } from "../../src/state/repair-ledger.ts";
import { smc, type SmcOptions, type SmcResult } from "../helpers/smc.ts";

const PROGRAM = join(import.meta.dirname, "../../bin/smc");
const NODES = { db1: "127.0.0.1", db2: "127.0.0.2", db3: "127.0.0.3" };
const SAMPLE_INTERVAL = 100;

/** What is wrong with the Java of all nodes while it is on: it waits before it begins, it ends at once, nodetool's COMMAND never ends. */
export type JavaFault = "slow" | "broken" | `hang-${string}`;

export interface RingSiteWords {
  release: string;
  ports: { cassandra_native: number; cassandra_internode: readonly [number, number]; cassandra_jmx: number };
  /** Further keys of the service. */
  settings?: Readonly<Record<string, unknown>>;
}

/** A record of a journal, or another JSON object that smc wrote. */
export type JsonRecord = Record<string, unknown>;

/** A ring of three real nodes on loopback, with logins and the keyspace `site`, started and worked on by smc itself. */
export class RingSite {
  readonly directory: string;
  readonly #words: RingSiteWords;

  private constructor(directory: string, words: RingSiteWords) {
    this.directory = directory;
    this.#words = words;
  }

  /** Starts the ring. Throws with what smc said when that fails. */
  static async start(words: RingSiteWords): Promise<RingSite> {
    const site = new RingSite(await mkdtemp(join(tmpdir(), "smc-ring-site-")), words);
    await mkdir(join(site.directory, "conf"));
    await site.write();
    await site.#writeJava();
    await site.smc("secrets init");
    const started = await site.smc("start cassandra --yes");
    if (started.code !== ExitCode.Done) {
      await site.close();
      throw new Error(started.err);
    }
    return site;
  }

  /** Writes the services file, with these keys of the service beside or instead of those that the ring began with. */
  async write(settings: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const words = { ...this.#words, settings: { ...this.#words.settings, ...settings } };
    await writeFile(join(this.directory, "conf/services.yaml"), servicesFile(this.#javaHome, words));
  }

  /** smc in process. */
  smc(line: string, options: SmcOptions = {}): Promise<SmcResult> {
    return smc(line, { directory: this.directory, ...options, env: { ...toolEnv(), ...options.env } });
  }

  /** The real program as a process of its own, in another working directory where one is given. */
  spawn(words: readonly string[], cwd = this.directory): ChildProcessWithoutNullStreams {
    const env = { ...toolEnv(), HOME: this.directory };
    return spawn(PROGRAM, words, { cwd, env, stdio: "pipe" });
  }

  /** The pid of every node by host; 0 where it does not run. */
  async pids(): Promise<Record<string, number>> {
    const { out } = await this.smc("status cassandra --json");
    const { instances } = JSON.parse(out) as { instances: { host: string; pid?: number | null }[] };
    return Object.fromEntries(instances.map(({ host, pid }) => [host, pid ?? 0]));
  }

  /** How often the JVM of each node has been started since the ring was made, by its log. */
  async starts(): Promise<Record<string, number>> {
    const counts = await Promise.all(
      Object.keys(NODES).map(async host => {
        const path = join(this.directory, `.local/state/smc/here/log/cassandra@${host}/cassandra.log`);
        const starts = (await readFile(path, "utf8")).match(/ JVM vendor\/version: /g) ?? [];
        return [host, starts.length] as const;
      }),
    );
    return Object.fromEntries(counts);
  }

  /** nodetool on a node. */
  async nodetool(host: string, ...words: string[]): Promise<void> {
    const tool = join(this.directory, `.local/state/smc/here/etc/cassandra@${host}/nodetool`);
    const child = spawn(tool, words, { env: toolEnv(), stdio: "ignore" });
    const code = await new Promise(resolve => child.once("close", resolve));
    if (code !== 0) throw new Error(`nodetool ${words.join(" ")} on ${host} ended with ${String(code)}`);
  }

  /** CQL through db2; gives the rows of the last statement. */
  async cqlAs(user: string, ...statements: readonly string[]): Promise<unknown[]> {
    const password = await readFile(join(this.directory, "secrets/here/cassandra", user), "utf8");
    const client = new Client({
      contactPoints: [`${NODES.db2}:${this.#port}`],
      localDataCenter: "DC0",
      authProvider: new auth.PlainTextAuthProvider(user, password.trim()),
    });
    try {
      await client.connect();
      const rows: unknown[] = [];
      for (const statement of statements)
        rows.splice(0, Infinity, ...((await client.execute(statement)).rows ?? []));
      return rows;
    } finally {
      await client.shutdown();
    }
  }

  /** CQL through db2 as the operator; gives the rows of the last statement. */
  cql(...statements: readonly string[]): Promise<unknown[]> {
    return this.cqlAs("operator", ...statements);
  }

  get passwordFile(): string {
    return join(this.directory, "secrets/here/cassandra/operator");
  }

  async setFault(fault: JavaFault, on: boolean): Promise<void> {
    if (on) await writeFile(join(this.#javaHome, fault), "");
    else await rm(join(this.#javaHome, fault), { force: true });
  }

  /** Whether a nodetool with that command hangs or has hung since the fault was last set. */
  async hasHung(command: string): Promise<boolean> {
    return (await readdir(this.#javaHome)).includes(`hung-${command}`);
  }

  /** The path of the journal that was begun last. */
  async newestJournal(): Promise<string> {
    const folder = join(this.directory, ".local/state/smc/here/runs");
    return join(folder, (await readdir(folder)).toSorted().at(-1) ?? "");
  }

  /** The records of the newest journal. */
  async journal(): Promise<JsonRecord[]> {
    return readRecords(await this.newestJournal());
  }

  async ledger(): Promise<LedgerEntry[]> {
    const path = join(this.directory, ".local/state/smc/here/repairs.jsonl");
    return (await readRecords(path).catch(() => [])) as unknown as LedgerEntry[];
  }

  /** Watches which nodes take no clients until the end of `work`; gives every set of them that was seen. */
  async watchAway(work: () => Promise<unknown>): Promise<string[][]> {
    const seen = new Map<string, string[]>();
    const over = new AbortController();
    const watch = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const answers = await Promise.all(
          Object.entries(NODES).map(async ([host, address]) =>
            (await takesClients(address, this.#port)) ? [] : [host],
          ),
        );
        seen.set(answers.flat().join(), answers.flat());
        await sleep(SAMPLE_INTERVAL);
      }
    };
    const watching = watch();
    try {
      await work();
    } finally {
      over.abort();
      await watching;
    }
    return [...seen.values()];
  }

  async close(): Promise<void> {
    await this.smc("stop cassandra --yes --allow-loss");
    await rm(this.directory, { recursive: true, force: true });
  }

  get #port(): number {
    return this.#words.ports.cassandra_native;
  }

  get #javaHome(): string {
    return join(this.directory, "java");
  }

  /** A Java that has the faults whose files are beside it. */
  async #writeJava(): Promise<void> {
    const path = join(this.#javaHome, "bin/java");
    const script = `#!/bin/sh
cd_to='${this.#javaHome}'
case "$*" in
*NodeTool*)
  for word; do
    [ -e "$cd_to/hang-$word" ] && { : >"$cd_to/hung-$word"; exec sleep 600; }
  done ;;
*CassandraDaemon*)
  [ -e "$cd_to/slow" ] && sleep 12
  [ -e "$cd_to/broken" ] && { echo "this Java is broken" >&2; exit 1; } ;;
esac
exec java "$@"
`;
    await mkdir(join(this.#javaHome, "bin"), { recursive: true });
    await writeFile(path, script);
    await chmod(path, 0o755);
  }
}

function servicesFile(javaHome: string, { release, ports, settings }: RingSiteWords): string {
  const machines = Object.entries(NODES).map(([name, vpn], index) => [
    name,
    { vpn, dc: "DC0", rack: `R${index}` },
  ]);
  const cassandra = {
    at: "db[1-3]",
    version: release,
    source: { maven: `org.apache.cassandra:cassandra-all:${release}` },
    seeds: ["db1"],
    num_tokens: 2,
    auth: "password",
    heap: { max: "384MB" },
    java_home: javaHome,
    replication: { site: { DC0: 3 }, system_auth: { DC0: 3 } },
    users: { operator: { superuser: true } },
    drop_users: ["cassandra"],
    jvm_options: [
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      "-Dcassandra.ring_delay_ms=5000",
      "-Dcassandra.skip_wait_for_gossip_to_settle=0",
      "-Dcassandra.superuser_setup_delay_ms=0",
    ],
    config: {
      memtable_heap_space: "64MiB",
      memtable_offheap_space: "64MiB",
      commitlog_total_space: "128MiB",
    },
    ...settings,
  };
  const here = {
    site: "localhost",
    transport: "local",
    timeouts: { ready: "3m", start: "2m", stop: "2m" },
    machines: Object.fromEntries(machines),
    services: { cassandra },
  };
  return stringify({ smc: 1, default: "here", ports, deployments: { here } });
}

/** The software is fetched once for all tests of this machine. */
function toolEnv(): Record<string, string> {
  const home = process.env["HOME"] ?? "/root";
  return {
    PATH: process.env["PATH"] ?? "",
    XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] ?? join(home, ".cache"),
  };
}

async function readRecords(path: string): Promise<JsonRecord[]> {
  const lines = (await readFile(path, "utf8")).split("\n").slice(0, -1);
  return lines.map(line => JSON.parse(line) as JsonRecord);
}

function takesClients(address: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, address);
    const answer = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
  });
}
