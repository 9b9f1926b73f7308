import type { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import { select } from "../inventory/selection.ts";
import { planPrepare } from "../machines/planners/prepare.ts";
import { executePlan } from "./execute.ts";
import { hostRequest } from "./host-request.ts";
import { loadSite } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { openTransport } from "./open-transport.ts";
import { printPlan } from "./print-plan.ts";

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
  const hosts = select(deployment.hosts, [...words, ...(on === undefined ? [] : [on])]);
  const plan = planPrepare(
    hostRequest(context, site),
    hosts.filter(({ managed }) => managed),
  );
  if (context.global.dryRun) return printPlan(context, plan);
  const transport = openTransport(context.io);
  try {
    return await executePlan({ context, site, transport, plan });
  } finally {
    await transport.close();
  }
}
