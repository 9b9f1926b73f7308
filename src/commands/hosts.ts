import { ExitCode } from "../base/exit-code.ts";
import type { Deployment, Host } from "../inventory/model.ts";
import { select } from "../inventory/selection.ts";
import { hostsView, instancesByHost } from "../inventory/view.ts";
import { renderTable } from "../report/table.ts";
import { targetOf } from "../services/planners/planned-instance.ts";
import type { HostsOptions } from "../base/host-formats.ts";
import { hostsBlock, knownHostsOf, sshConfig } from "./hosts/formats.ts";
import { loadSite } from "./load.ts";
import type { CommandContext } from "./model.ts";

const HEADINGS = ["host", "kind", "address", "dc", "role", "machine", "services"];

/** `smc hosts [host…]`: the hosts of a deployment and what is to run on each, or files for other programs with `--format`. */
export async function hosts(
  context: CommandContext<HostsOptions>,
  words: readonly string[],
): Promise<ExitCode> {
  const { io, global } = context;
  const { deployment } = await loadSite(context, { hosts: words, secretsMayBeMissing: true });
  const chosen = select(deployment.hosts, [...words, ...(global.on === undefined ? [] : [global.on])]);
  const { format } = context.options;
  if (format !== undefined) {
    await writeFormat(context, format, { deployment, chosen });
    return ExitCode.Done;
  }
  if (global.json) {
    const answer = { version: 1, deployment: deployment.name, hosts: hostsView(deployment, chosen) };
    io.stdout.write(`${JSON.stringify(answer)}\n`);
    return ExitCode.Done;
  }
  const byHost = instancesByHost(deployment);
  const rows = chosen.map(({ name, kind, address, dc = "", role = "", vm }) => {
    const services = Map.groupBy(byHost.get(name) ?? [], ({ service }) => service);
    const running = [...services].map(([service, { length }]) =>
      length === 1 ? service : `${service}×${length}`,
    );
    return [name, kind, address, dc, role, vm?.machine ?? "", running.join(" ")];
  });
  io.stdout.write(renderTable(HEADINGS, rows));
  return ExitCode.Done;
}

async function writeFormat(
  { io, global }: CommandContext<HostsOptions>,
  format: NonNullable<HostsOptions["format"]>,
  { deployment, chosen }: { deployment: Deployment; chosen: readonly Host[] },
): Promise<void> {
  const targets = chosen.map(host => targetOf({ deployment }, host));
  if (format === "hosts") {
    io.stdout.write(hostsBlock(deployment.name, targets));
  } else if (format === "ssh-config") {
    io.stdout.write(sshConfig(targets));
  } else {
    const { text, missing } = await knownHostsOf(io, targets);
    io.stdout.write(text);
    if (missing !== "" && !global.quiet) io.stderr.write(`note: no key is known here of ${missing}\n`);
  }
}
