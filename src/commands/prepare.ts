import type { ExitCode } from "../base/exit-code.ts";
import type { HostName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Milliseconds } from "../base/units.ts";
import type { Host } from "../inventory/model.ts";
import { select } from "../inventory/selection.ts";
import { planPrepare } from "../machines/planners/prepare.ts";
import { replacedUnits } from "../machines/provisions.ts";
import { targetOf } from "../services/planners/planned-instance.ts";
import type { Transport } from "../transport/model.ts";
import { confirm } from "./confirm.ts";
import { executePlan } from "./execute.ts";
import { askAll } from "./fleet/fan-out.ts";
import { hostRequest } from "./host-request.ts";
import { loadSite, type Site } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { openTransport } from "./open-transport.ts";
import { printPlan } from "./print-plan.ts";
import { renderingSite } from "./selected-hosts.ts";

const LOOK_TIMEOUT: Milliseconds = 20_000;
/** Prints those of the units that run. */
const ACTIVE_UNITS = 'for unit do if systemctl is-active --quiet "$unit"; then echo "$unit"; fi; done';

/** `smc prepare HOST…`: packages, groups, folders, time, kernel settings and names that the services and VMs of hosts need. */
export async function prepare(context: CommandContext<unknown>, words: readonly string[]): Promise<ExitCode> {
  const site = await loadSite(context, { hosts: words, secretsMayBeMissing: true });
  const { deployment } = site;
  if (deployment.transport === "local") {
    throw new OperatorError(`${deployment.name} runs as you on this machine: there is no host to prepare`, {
      code: "HOST_IS_LOCAL",
      hint: "smc doctor  says what is missing",
    });
  }
  const { on } = context.global;
  const named = select(deployment.hosts, [...words, ...(on === undefined ? [] : [on])]);
  const hosts = named.filter(({ managed }) => managed);
  const plan = planPrepare(hostRequest(context, site), hosts);
  if (context.global.dryRun) return printPlan(context, plan);
  const transport = openTransport(context.io);
  try {
    await confirmReplaced({ context, site, transport }, hosts);
    return await executePlan({ context, site, transport, plan });
  } finally {
    await transport.close();
  }
}

/** Asks before units of the distribution are stopped that serve somebody now: those that the packages are yet to bring do not. */
async function confirmReplaced(
  { context, site, transport }: { context: CommandContext<unknown>; site: Site; transport: Transport },
  hosts: readonly Host[],
): Promise<void> {
  const { deployment } = site;
  const rendering = renderingSite(context, site);
  const replaced = new Map(hosts.map(host => [host.name, replacedUnits(deployment, host)]));
  const concerned = hosts.filter(({ name }) => replaced.get(name)?.length !== 0);
  const answers = await askAll<{ host: HostName; units: string[] }>({
    context,
    targets: concerned.map(host => targetOf(rendering, host)),
    title: "looking at units of the distribution",
    concurrency: deployment.ssh.parallel,
    ask: async (target, signal) => {
      const argv = ["sh", "-c", ACTIVE_UNITS, "sh", ...(replaced.get(target.name) ?? [])];
      const { stdout } = await transport.connection(target).run(argv, { timeout: LOOK_TIMEOUT, signal });
      return { host: target.name, units: stdout.split("\n").filter(unit => unit !== "") };
    },
  });
  const running = answers.filter(({ units }) => units.length > 0);
  if (running.length === 0) return;
  const list = running.map(({ host, units }) => `${units.join(", ")} on ${host}`).join("; ");
  await confirm(context, `stop what the distribution runs where smc is to run the same: ${list}?`);
}
