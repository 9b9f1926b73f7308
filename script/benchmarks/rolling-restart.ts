import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ExitCode } from "../../src/base/exit-code.ts";
import { artefactCache } from "../../src/engine/artefacts/store.ts";
import { smc } from "../../test/helpers/smc.ts";
import { RealRing, SMALL_NODE } from "../../test/integration/ring.ts";

/**
 * What smc adds to a rolling restart: three real nodes restarted by `smc restart cassandra --rolling`, against the sum of what
 * each takes by itself when it is sent its clients away, stopped and started by hand, until every node says that the ring is
 * whole. Two rings take turns, so that a busy moment of the machine meets both; the best round of each counts:
 * `script/bench rolling-restart ROUNDS`.
 */
const AT_MOST = 1.05;
const BY_HAND = {
  cassandra_native: 29442,
  cassandra_internode: [27400, 27401],
  cassandra_jmx: 27599,
} as const;
const BY_SMC = {
  cassandra_native: 29443,
  cassandra_internode: [27402, 27403],
  cassandra_jmx: 27589,
} as const;
const NODES = { db1: "127.0.0.1", db2: "127.0.0.2", db3: "127.0.0.3" };
const NAMES = Object.keys(NODES);
const SETTINGS = { version: "5.0.6", seeds: ["db1"], replication: { bench: { DC0: 3 } } };

const rounds = Number(process.argv[2] ?? "3");
const byHand: number[] = [];
const bySmc: number[] = [];
await withRing(async restartByHand => {
  await withSite(async restartBySmc => {
    for (let round = 0; round < rounds; round++) {
      byHand.push(await timed(restartByHand));
      bySmc.push(await timed(restartBySmc));
    }
  });
});
const ratio = Math.min(...bySmc) / Math.min(...byHand);
console.log(`by hand ${words(byHand)}; smc restart ${words(bySmc)}`);
console.log(`smc takes ${ratio.toFixed(3)} times what the nodes take; at most ${AT_MOST}`);
process.exitCode = ratio <= AT_MOST ? 0 : 1;

async function withRing(work: (restart: () => Promise<void>) => Promise<void>): Promise<void> {
  const ring = await RealRing.make({ nodes: NODES, settings: SETTINGS, ports: BY_HAND });
  try {
    for (const name of NAMES) await ring.start(name);
    await work(async () => {
      for (const name of NAMES) {
        await ring.nodetool(name, "disablebinary", "--force");
        await ring.stop(name);
        await ring.start(name);
        await untilWhole(ring);
      }
    });
  } finally {
    await ring.close();
  }
}

async function untilWhole(ring: RealRing): Promise<void> {
  const end = performance.now() + 180_000;
  const ask = ({ name, rendered }: RealRing["nodes"][number]) =>
    ring.ask(name, rendered.ring ?? rendered.ready);
  while (!(await Promise.all(ring.nodes.map(ask))).every(({ holds }) => holds === "yes")) {
    if (performance.now() > end) throw new Error("the ring is not whole after 180 s");
    await sleep(200);
  }
}

async function withSite(work: (restart: () => Promise<void>) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "smc-rolling-"));
  const run = async (line: string): Promise<void> => {
    const { code, err } = await smc(line, {
      directory,
      files: { "conf/services.yaml": JSON.stringify(servicesFile()) },
      env: { XDG_CACHE_HOME: join(artefactCache(process.env), "../.."), PATH: process.env["PATH"] ?? "" },
    });
    if (code !== ExitCode.Done) throw new Error(`smc ${line}:\n${err}`);
  };
  try {
    await run("start cassandra --yes");
    await work(() => run("restart cassandra --rolling --yes"));
  } finally {
    await run("stop cassandra --yes --allow-loss");
    await rm(directory, { recursive: true, force: true });
  }
}

/** JSON is YAML. */
function servicesFile(): unknown {
  const { version } = SETTINGS;
  const source = { maven: `org.apache.cassandra:cassandra-all:${version}` };
  const machines = Object.entries(NODES).map(([name, vpn]) => [name, { vpn, dc: "DC0" }]);
  const cassandra = { ...SMALL_NODE, ...SETTINGS, at: NAMES, source, rack: "R1" };
  const site = { site: "localhost", transport: "local", services: { cassandra } };
  return {
    smc: 1,
    default: "here",
    ports: BY_SMC,
    deployments: { here: { ...site, timeouts: { ready: "5m" }, machines: Object.fromEntries(machines) } },
  };
}

/** Seconds. */
async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

function words(seconds: readonly number[]): string {
  return seconds.map(value => `${value.toFixed(1)} s`).join(", ");
}
