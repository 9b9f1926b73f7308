import type { Deployment } from "../../src/inventory/model.ts";
import { loadInventory } from "../../src/inventory/load.ts";
import { formats } from "../../src/services/formats.ts";
import { onceFor } from "../../src/services/once.ts";
import { planStart } from "../../src/services/planners/start.ts";
import { descriptionsOf } from "../../src/services/registry.ts";

/**
 * Time to load services files of 1,000 and of 10,000 hosts, each host with entries of its own, and to plan the start of a
 * database node on every host: ten times the hosts may take at most twelve times as long, for either. The best of some runs
 * of each, since other work on the machine only ever adds.
 */
const SMALL = 1000;
const LARGE = 10_000;
const ALLOWED = 12;
const RUNS = 3;

const small = bestOf(textOf(SMALL));
const large = bestOf(textOf(LARGE));
const verdicts = (["load", "plan"] as const).map(work => {
  console.log(
    `${work}: ${SMALL} hosts ${small[work].toFixed(0)} ms, ${LARGE} hosts ${large[work].toFixed(0)} ms`,
  );
  console.log(`${work}: ${(large[work] / small[work]).toFixed(1)} times; at most ${ALLOWED} allowed`);
  return large[work] <= small[work] * ALLOWED;
});
console.log(`peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
process.exitCode = verdicts.every(Boolean) ? 0 : 1;

/** Milliseconds. */
interface Times {
  load: number;
  plan: number;
}

function bestOf(text: string): Times {
  const runs = Array.from({ length: RUNS }, () => timesOf(text));
  return {
    load: Math.min(...runs.map(({ load }) => load)),
    plan: Math.min(...runs.map(({ plan }) => plan)),
  };
}

function timesOf(text: string): Times {
  const startedAt = performance.now();
  const deployment = load(text);
  const loadedAt = performance.now();
  planStartOf(deployment, "cassandra");
  return { load: loadedAt - startedAt, plan: performance.now() - loadedAt };
}

function load(text: string): Deployment {
  const resolvers = { env: () => undefined, json: () => ({ failed: "none" }), hasSecret: () => true };
  const { inventory, problems } = loadInventory({ text, file: "services.yaml", formats, resolvers });
  const deployment = inventory?.deployments.get("site");
  if (deployment === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));
  return deployment;
}

function planStartOf(deployment: Deployment, service: string): void {
  const instances = deployment.instances.filter(instance => instance.service === service);
  const { steps } = planStart({
    deployment,
    once: onceFor(deployment),
    descriptions: descriptionsOf(deployment),
    stateDirectory: "/state",
    siteDirectory: "/site",
    command: ["start", service],
    instances,
    parallel: undefined,
    keepGoing: false,
    observed: new Map(),
    now: new Date(),
    timeout: undefined,
  });
  if (steps.length <= deployment.hosts.size) throw new Error(`${steps.length} steps do not start every host`);
}

/** Half of the hosts are machines, half VMs with two hubs and an override each; all have a database node. */
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
    '      cassandra: {at: ["@machines", "@web"], rack: R0, replication: {site: {DC0: 3}}}',
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
