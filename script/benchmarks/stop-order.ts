import { setTimeout as sleep } from "node:timers/promises";
import { RealRing } from "../../test/integration/ring.ts";
import { type ClientKind, CLIENT_KINDS, LoadClient } from "./stop-order/load-client.ts";

/**
 * In which order a node of a ring is best taken away: requests that failed while each of three real nodes was stopped and
 * started again under a steady load of reads and writes at QUORUM, for a client that never retries and for one with the
 * driver's usual retries. The orders take turns; `script/bench stop-order ROUNDS ORDER…` measures some of them.
 */
const PORTS = { cassandra_native: 29242, cassandra_internode: [27200, 27201], cassandra_jmx: 27399 } as const;
const NODES = { db1: "127.0.0.1", db2: "127.0.0.2", db3: "127.0.0.3" };
const KEYSPACE = "bench";
/** Of each client, in requests a second. */
const RATE = 200;

/** What is said to nodetool before the stop signal, with pauses in milliseconds. */
const ORDERS: Readonly<Record<string, readonly (string | number)[]>> = {
  stop: [],
  "drain, stop": ["drain"],
  "disablebinary, 1 s, drain, stop": ["disablebinary", 1000, "drain"],
  "disablebinary, stop": ["disablebinary"],
  // 5.0: connections are closed at once, where the gentle way answers requests with errors for a while.
  "disablebinary --force, stop": ["disablebinary --force"],
  "disablegossip, 2 s, stop": ["disablegossip", 2000],
};
/** What smc does. */
const OURS = "disablebinary --force, stop";

interface Count {
  requests: number;
  failed: number;
  errors: Map<string, number>;
}

const [rounds = "1", ...wanted] = process.argv.slice(2);
const orders = Object.keys(ORDERS).filter(order => wanted.length === 0 || wanted.includes(order));
const ring = await RealRing.make({
  nodes: NODES,
  settings: { version: "5.0.6", seeds: ["db1"], replication: { [KEYSPACE]: { DC0: 3 } } },
  ports: PORTS,
});
const clients: LoadClient[] = [];
try {
  for (const name of Object.keys(NODES)) await ring.start(name);
  for (const kind of CLIENT_KINDS) {
    const client = new LoadClient({ kind, nodes: Object.values(NODES), port: PORTS.cassandra_native });
    await client.connect(KEYSPACE, Object.keys(NODES).length);
    clients.push(client);
  }
  const counts = await measure();
  report(counts);
} finally {
  await Promise.all(clients.map(client => client.close()));
  await ring.close();
}

async function measure(): Promise<Map<string, Record<ClientKind, Count>>> {
  const counts = new Map(
    orders.map(order => [order, { "never retries": empty(), "usual retries": empty() }]),
  );
  for (let round = 0; round < Number(rounds); round++) {
    for (const order of round % 2 === 0 ? orders : orders.toReversed()) {
      clients.forEach(client => client.start(RATE));
      for (const name of Object.keys(NODES)) await restart(name, ORDERS[order] ?? []);
      for (const client of clients) add(counts.get(order)?.[client.kind], await client.end());
    }
  }
  return counts;
}

async function restart(name: string, words: readonly (string | number)[]): Promise<void> {
  for (const word of words)
    await (typeof word === "number" ? sleep(word) : ring.nodetool(name, ...word.split(" ")));
  await ring.stop(name);
  await ring.start(name);
  await until(`the ring is whole after ${name}`, async () => {
    const answers = ring.nodes.map(node => ring.ask(node.name, node.rendered.ring ?? node.rendered.ready));
    return (await Promise.all(answers)).every(({ holds }) => holds === "yes");
  });
  await until("the clients have all nodes again", async () =>
    Promise.resolve(clients.every(client => client.hasAll(Object.keys(NODES).length))),
  );
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 180_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within 180 s: ${what}`);
    await sleep(500);
  }
}

function report(counts: ReadonlyMap<string, Readonly<Record<ClientKind, Count>>>): void {
  for (const [order, byKind] of counts)
    for (const kind of CLIENT_KINDS) {
      const { requests, failed, errors } = byKind[kind];
      const why = [...errors].map(([error, times]) => `${times} × ${error}`).join("; ");
      console.log(
        `${order.padEnd(34)} ${kind}  ${failed} of ${requests} failed${why === "" ? "" : `: ${why}`}`,
      );
    }
  const usual = [...counts.values()].reduce((sum, byKind) => sum + byKind["usual retries"].failed, 0);
  const ours = counts.get(OURS)?.["never retries"].failed ?? 0;
  const best = Math.min(...[...counts.values()].map(byKind => byKind["never retries"].failed));
  console.log(`with the usual retries ${usual} failed; at most 0 allowed`);
  console.log(`without retries the order of smc (${OURS}) lost ${ours}, the best of all ${best}`);
  process.exitCode = usual === 0 ? 0 : 1;
}

function empty(): Count {
  return { requests: 0, failed: 0, errors: new Map() };
}

function add(
  count: Count | undefined,
  { requests, errors }: { requests: number; errors: readonly string[] },
): void {
  if (count === undefined) return;
  count.requests += requests;
  count.failed += errors.length;
  for (const error of errors) count.errors.set(error, (count.errors.get(error) ?? 0) + 1);
}
