import { ExitCode } from "../base/exit-code.ts";
import { select } from "../inventory/selection.ts";
import { hostsView, instancesByHost } from "../inventory/view.ts";
import { renderTable } from "../report/table.ts";
import { loadSite } from "./load.ts";
import type { CommandContext } from "./model.ts";

const HEADINGS = ["host", "kind", "address", "dc", "role", "machine", "services"];

/** `smc hosts [host…]`: the hosts of a deployment and what is to run on each. */
export async function hosts(context: CommandContext<unknown>, words: readonly string[]): Promise<ExitCode> {
  const { io, global } = context;
  const { deployment } = await loadSite(context, { hosts: words, secretsMayBeMissing: true });
  const chosen = select(deployment.hosts, [...words, ...(global.on === undefined ? [] : [global.on])]);
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
