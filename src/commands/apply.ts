import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import { parsePlan } from "../plan/check.ts";
import type { Plan } from "../plan/model.ts";
import { NOT_ASKED, relies } from "../services/planners/assemble.ts";
import { planInstance } from "../services/planners/planned-instance.ts";
import { createTransport } from "../transport/create.ts";
import type { Transport } from "../transport/model.ts";
import { executePlan } from "./execute.ts";
import { loadSite, type Site } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { printPlan } from "./print-plan.ts";
import { hostsOf, renderingSite } from "./selected-hosts.ts";
import { observeInstances } from "./status/observe.ts";

/**
 * `smc apply FILE`: carries out a plan that `smc plan … -o FILE` wrote, exactly as it stands. Refuses (exit 3) when the
 * services file says something else of its instances by now, or when one of them is in another state.
 */
export async function apply(context: CommandContext<unknown>, file: string): Promise<ExitCode> {
  const plan = parsePlan(await readPlanFile(context, file), file);
  const global = { ...context.global, deployment: plan.deployment };
  const site = await loadSite({ ...context, global }, { secretsMayBeMissing: true });
  if (context.global.dryRun) return printPlan(context, plan);
  const transport = createTransport();
  try {
    await refuseChanged(context, { site, transport, plan });
    return await executePlan({ context, site, transport, plan });
  } finally {
    await transport.close();
  }
}

async function readPlanFile(context: CommandContext<unknown>, file: string): Promise<string> {
  return readFile(resolve(context.io.directory, file), "utf8").catch((error: unknown) => {
    throw new OperatorError(`cannot read the plan ${file}`, {
      code: "PLAN_UNREADABLE",
      hint: "smc plan VERB SERVICE -o FILE  writes one",
      cause: error,
    });
  });
}

/** Looks at everything again that the plan took for granted. */
async function refuseChanged(
  context: CommandContext<unknown>,
  { site, transport, plan }: { site: Site; transport: Transport; plan: Plan },
): Promise<void> {
  const before = plan.relies.instances;
  const rendering = renderingSite(context, site);
  const byName = new Map(site.deployment.instances.map(instance => [instance.name, instance]));
  const instances = Object.keys(before).flatMap(name => byName.get(name) ?? []);
  const asked = instances.filter(({ name }) => before[name] !== NOT_ASKED);
  const observed = await observeInstances({ context, transport, hosts: hostsOf(context, site, asked) });
  const now = relies(
    observed,
    instances.map(instance => planInstance(rendering, instance)),
  );
  const changes = Object.entries(before)
    .filter(([name, state]) => now.instances[name] !== state)
    .map(([name, state]) => `${name} was ${state}, is ${now.instances[name] ?? "not in the services file"}`);
  if (now.inventory !== plan.relies.inventory) {
    changes.push("the services file, or what smc makes of it, is another for these instances");
  }
  if (changes.length === 0) return;
  throw new OperatorError(`${plan.deployment} has changed since the plan was made: nothing was touched`, {
    code: "PLAN_OUTDATED",
    exit: ExitCode.Refused,
    details: changes,
    hint: "make the plan again, read it, and apply that",
  });
}
