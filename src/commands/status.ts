import { setTimeout as sleep } from "node:timers/promises";
import { StatusExitCode, type ExitCode } from "../base/exit-code.ts";
import { artefactCache, createArtefactStore } from "../engine/artefacts/store.ts";
import { createProber } from "../engine/create-performer.ts";
import { SecretFiles } from "../state/secret-files.ts";
import { fanOut } from "./fleet/fan-out.ts";
import { loadSite, type Site } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { openTransport } from "./open-transport.ts";
import { hostsOf } from "./selected-hosts.ts";
import { selectInstances, VM_WORD } from "./service-words.ts";
import { inspectHost } from "./status/inspect.ts";
import type { InstanceStatus } from "./status/model.ts";
import { statusSummary, statusTable } from "./status/table.ts";
import { lookAtVms } from "./vm/status.ts";

export interface StatusOptions {
  /** Look again until Ctrl-C. */
  watch?: boolean;
}

const WATCH_EVERY = 2000;

/**
 * `smc status [service] [host…]`: what every instance is, seen now. Only reads. Exits 0 when all run, 3 when something
 * does not, 4 when something could not be asked. The word `vm` stands for the VMs themselves.
 */
export async function status(
  context: CommandContext<StatusOptions>,
  service: string | undefined,
  hosts: readonly string[],
): Promise<ExitCode> {
  const site = await loadSite(context, { hosts, secretsMayBeMissing: true });
  const words = { service: service ?? "all", hosts };
  if (context.options.watch !== true) return print(context, await look(context, site, words));
  const interrupted = new AbortController();
  const ignore = context.io.onInterrupt(() => interrupted.abort());
  try {
    for (;;) {
      const statuses = await look(context, site, words);
      if (context.io.stdout.isTTY === true) context.io.stdout.write("\u001B[H\u001B[2J");
      const code = print(context, statuses);
      const again = await sleep(WATCH_EVERY, true, { signal: interrupted.signal }).catch(() => false);
      if (!again) return code;
    }
  } finally {
    ignore();
  }
}

async function look(
  context: CommandContext<unknown>,
  site: Site,
  words: { service: string; hosts: readonly string[] },
): Promise<InstanceStatus[]> {
  if (words.service === VM_WORD) return lookAtVms(context, site, words.hosts);
  const instances = selectInstances(site.deployment, words, context.global.on);
  const hosts = hostsOf(context, site, instances);
  const transport = openTransport(context.io);
  const prober = createProber({
    hosts: Object.fromEntries(hosts.map(({ target }) => [target.name, target])),
    transport,
    secrets: new SecretFiles(site.secretsFolder),
    artefacts: createArtefactStore(artefactCache(context.io.env)),
  });
  try {
    const { answers } = await fanOut<InstanceStatus[]>({
      context,
      targets: hosts.map(({ target }) => target),
      title: "status",
      concurrency: hosts.length,
      ask: target => {
        const host = hosts.find(candidate => candidate.target.name === target.name);
        return inspectHost(transport.connection(target), { instances: host?.instances ?? [], prober });
      },
    });
    return answers.flat();
  } finally {
    await transport.close();
  }
}

function print(context: CommandContext<unknown>, statuses: readonly InstanceStatus[]): ExitCode {
  const { stdout } = context.io;
  if (context.global.json) stdout.write(`${JSON.stringify({ version: 1, instances: statuses }, null, 2)}\n`);
  else stdout.write(`${statusTable(statuses, Date.now())}\n${statusSummary(statuses)}`);
  if (statuses.some(({ state }) => state === "unknown")) return StatusExitCode.Unreachable;
  const allRun = statuses.every(({ state }) => state === "running");
  return allRun ? StatusExitCode.AllRunning : StatusExitCode.NotAllRunning;
}
