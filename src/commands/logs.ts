import { ExitCode } from "../base/exit-code.ts";
import { describeEnd } from "./fleet/describe-end.ts";
import { concurrencyOf, fanOut } from "./fleet/fan-out.ts";
import { loadSite } from "./load.ts";
import { type LogRead, type LogsOptions, readLog } from "./logs/read-log.ts";
import type { CommandContext } from "./model.ts";
import { openTransport } from "./open-transport.ts";
import { hostsOf } from "./selected-hosts.ts";
import { selectInstances } from "./service-words.ts";

/** `smc logs <service|all> [host…]`: the ends of the logs, each line with the instance that wrote it. */
export async function logs(
  context: CommandContext<LogsOptions>,
  service: string,
  hosts: readonly string[],
): Promise<ExitCode> {
  const site = await loadSite(context, { hosts, secretsMayBeMissing: true });
  const instances = selectInstances(site.deployment, { service, hosts }, context.global.on);
  const selected = hostsOf(context, site, instances);
  const follow = context.options.follow === true;
  const transport = openTransport(context.io);
  try {
    const { answers } = await fanOut<LogRead[]>({
      context,
      targets: selected.map(({ target }) => target),
      title: "logs",
      endless: follow,
      concurrency: follow ? selected.length : concurrencyOf(context, site.deployment.ssh.parallel),
      ask: (target, signal) => {
        const host = selected.find(candidate => candidate.target.name === target.name);
        const connection = transport.connection(target);
        const reads = (host?.instances ?? []).map(planned =>
          readLog(context, { connection, planned, signal }),
        );
        return Promise.all(reads);
      },
    });
    return report(context, answers.flat());
  } finally {
    await transport.close();
  }
}

function report(context: CommandContext<LogsOptions>, reads: readonly LogRead[]): ExitCode {
  const { io, global } = context;
  if (global.json) {
    const logs = reads.map(({ planned, result }) => ({
      instance: planned.instance.name,
      log: planned.rendered.log,
      ok: result.ok,
      end: result.end,
      lines: result.stdout.split("\n").slice(0, -1),
    }));
    io.stdout.write(`${JSON.stringify({ version: 1, logs }, null, 2)}\n`);
  }
  const failed = reads.filter(({ result }) => !result.ok && result.end.kind !== "cancelled");
  for (const { planned, result } of failed) {
    const why = result.stderr.trim() === "" ? describeEnd(result.end) : result.stderr.trim();
    io.stderr.write(`${planned.instance.name}: cannot read ${planned.rendered.log}: ${why}\n`);
  }
  return failed.length === 0 ? ExitCode.Done : ExitCode.Failed;
}
