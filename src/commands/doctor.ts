import { ExitCode } from "../base/exit-code.ts";
import { foldNames } from "../base/host-ranges.ts";
import { isComputeServer } from "../inventory/compute-server.ts";
import { driftScript, provisionsOf } from "../machines/provisions.ts";
import { renderTable } from "../report/table.ts";
import { concurrencyOf, fanOut } from "./fleet/fan-out.ts";
import { examine, type Diagnosis } from "./doctor/preflight.ts";
import { loadSite, type Site } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { openTransport } from "./open-transport.ts";
import { selectHosts } from "./selected-hosts.ts";
import { runningOn } from "./status/observe.ts";

/**
 * `smc doctor [host…]`: whether smc can work on each host: reachable, its key known, sudo, disk, Java, clock, ports
 * free, and what `smc prepare` would do. Changes nothing. Exits 1 when a host has a problem.
 */
export async function doctor(context: CommandContext<unknown>, hosts: readonly string[]): Promise<ExitCode> {
  const site = await loadSite(context, { hosts, secretsMayBeMissing: true });
  const patients = selectHosts(context, site, hosts);
  const transport = openTransport(context.io);
  try {
    const { answers } = await fanOut<Diagnosis>({
      context,
      targets: patients.map(({ target }) => target),
      title: "doctor",
      concurrency: concurrencyOf(context, site.deployment.ssh.parallel),
      ask: async target => {
        const connection = transport.connection(target);
        const instances = patients.find(patient => patient.target.name === target.name)?.instances ?? [];
        const running = await runningOn(connection, instances);
        const compute = isComputeServer(target.name, site.deployment);
        return examine({ connection, instances, running, compute, ...driftOf(site, target.name) });
      },
    });
    print(context, answers);
    return answers.some(hasProblem) ? ExitCode.Failed : ExitCode.Done;
  } finally {
    await transport.close();
  }
}

function driftOf({ deployment }: Site, name: string): { drift?: string } {
  const host = deployment.hosts.get(name);
  if (host === undefined || deployment.transport === "local") return {};
  return { drift: driftScript(provisionsOf(deployment, host)) };
}

function hasProblem({ findings }: Diagnosis): boolean {
  return findings.some(({ verdict }) => verdict === "problem");
}

function print(context: CommandContext<unknown>, diagnoses: readonly Diagnosis[]): void {
  const { stdout } = context.io;
  if (context.global.json) {
    stdout.write(`${JSON.stringify({ version: 1, hosts: diagnoses }, null, 2)}\n`);
    return;
  }
  const all = diagnoses.flatMap(({ host, findings }) => findings.map(finding => ({ host, ...finding })));
  const groups = Map.groupBy(all, ({ check, verdict, detail }) => JSON.stringify([check, verdict, detail]));
  const rows = [...groups.values()].flatMap(group => {
    const [first] = group;
    if (first === undefined) return [];
    const hint = first.hint === undefined ? "" : `→ ${first.hint}`;
    return [[foldNames(group.map(({ host }) => host)), first.check, first.verdict, first.detail, hint]];
  });
  stdout.write(renderTable(["hosts", "check", "verdict", "what was seen", ""], rows));
}
