import { loadInventory } from "../../src/inventory/load.ts";
import { formats } from "../../src/services/formats.ts";

/**
 * Time to load services files of 1,000 and of 10,000 hosts, each host with entries of its own: ten times the hosts may take
 * at most twelve times as long. The best of some runs of each, since other work on the machine only ever adds.
 */
const SMALL = 1000;
const LARGE = 10_000;
const ALLOWED = 12;
const RUNS = 4;

const small = bestOf(textOf(SMALL));
const large = bestOf(textOf(LARGE));
console.log(`${SMALL} hosts ${small.toFixed(0)} ms, ${LARGE} hosts ${large.toFixed(0)} ms`);
console.log(`${(large / small).toFixed(1)} times; at most ${ALLOWED} allowed`);
process.exitCode = large <= small * ALLOWED ? 0 : 1;

function bestOf(text: string): number {
  return Math.min(...Array.from({ length: RUNS }, () => timeOf(text)));
}

function timeOf(text: string): number {
  const resolvers = { env: () => undefined, json: () => ({ failed: "none" }), hasSecret: () => true };
  const startedAt = performance.now();
  const { inventory, problems } = loadInventory({ text, file: "services.yaml", formats, resolvers });
  const duration = performance.now() - startedAt;
  if (inventory === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));
  return duration;
}

/** Half of the hosts are machines with a database node, half VMs with two hubs and an override each. */
function textOf(hosts: number): string {
  const numbers = Array.from({ length: hosts / 2 }, (_, index) => index + 1);
  return [
    "smc: 1",
    "machines:",
    ...numbers.map(n => `  m${n}: {dc: DC${n % 3}, vpn: ${address(10, n)}, ram: 64GB, cores: 16}`),
    "deployments:",
    "  site:",
    "    vms:",
    ...numbers.map(
      n => `      web${n}: {at: m${n}, role: web, vpn: ${address(11, n)}, vcpus: 1, ram: 2GB, image: base}`,
    ),
    "    services:",
    '      cassandra: {at: "@machines", rack: R0, replication: {site: {DC0: 3}}}',
    '      nginx: {at: "@web"}',
    '      hub: {at: "@web", instances: 2}',
    "      snap:",
    '        at: "@web"',
    "        hosts:",
    ...numbers.map(n => `          web${n}: {dir: /snap/${n}}`),
  ].join("\n");
}

function address(network: number, n: number): string {
  return [network, (n >> 16) & 255, (n >> 8) & 255, n & 255].join(".");
}
