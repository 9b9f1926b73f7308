import type { ExitCode } from "../../base/exit-code.ts";
import { planVmStop } from "../../machines/planners/stop.ts";
import { vmsOf } from "../../machines/vm.ts";
import type { Plan } from "../../plan/model.ts";
import { sequencePlans, type Part } from "../../plan/sequence.ts";
import { planStop } from "../../services/planners/stop.ts";
import { confirm } from "../confirm.ts";
import { executePlan } from "../execute.ts";
import { hostRequest } from "../host-request.ts";
import { loadSite, type Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";
import { printPlan } from "../print-plan.ts";
import { vmRequest } from "../vm/words.ts";

/** `smc down`: stops all services of the deployment, the database drained and last, then its VMs. Machines, VPN and firewall stay. */
export async function down(context: CommandContext<unknown>): Promise<ExitCode> {
  const site = await loadSite(context, { secretsMayBeMissing: true });
  const plan = planDown(context, site);
  if (context.global.dryRun) return printPlan(context, plan);
  const { name, instances } = site.deployment;
  await confirm(context, `take the whole of ${name} down, ${instances.length} instances?`);
  const transport = openTransport(context.io);
  try {
    return await executePlan({ context, site, transport, plan });
  } finally {
    await transport.close();
  }
}

function planDown(context: CommandContext<unknown>, site: Site): Plan {
  const { instances, transport } = site.deployment;
  const services = planStop({ ...hostRequest(context, site), instances }, { allowLoss: true });
  const vms = transport === "local" ? [] : vmsOf(site.deployment);
  const guests: Part[] =
    vms.length === 0
      ? []
      : [
          {
            name: "vms",
            plan: planVmStop(vmRequest(context, site, { vms, instances: [] }), {
              allowLoss: true,
              force: false,
            }),
          },
        ];
  return sequencePlans([{ name: "services", plan: services }, ...guests], context.argv);
}
