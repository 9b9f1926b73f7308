import type { ExitCode } from "../../base/exit-code.ts";
import type { Plan } from "../../plan/model.ts";
import { planInstance, type PlannedInstance } from "../../services/planners/planned-instance.ts";
import type { PlanRequest } from "../../services/planners/request.ts";
import { ringNodes, type RingAsk } from "../contents/ask-ring.ts";
import { executePlan } from "../execute.ts";
import { loadSite } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";
import { printPlan } from "../print-plan.ts";
import { renderingSite } from "../selected-hosts.ts";
import { selectInstances } from "../service-words.ts";

/** Does something with the nodes of the ring that `--on` selects, all without it. */
export async function onNodes(
  context: CommandContext<unknown>,
  work: (ask: RingAsk, nodes: readonly PlannedInstance[]) => Promise<ExitCode>,
): Promise<ExitCode> {
  const site = await loadSite(context, { secretsMayBeMissing: true });
  ringNodes({ context, site });
  const rendering = renderingSite(context, site);
  const instances = selectInstances(site.deployment, { service: "cassandra", hosts: [] }, context.global.on);
  const transport = openTransport(context.io);
  try {
    return await work(
      { context, site, transport },
      instances.map(instance => planInstance(rendering, instance)),
    );
  } finally {
    await transport.close();
  }
}

/** What planners need of the command line. */
export function requestFor({ context, site }: RingAsk, nodes: readonly PlannedInstance[]): PlanRequest {
  const { global } = context;
  return {
    ...renderingSite(context, site),
    command: context.argv,
    instances: nodes.map(({ instance }) => instance),
    parallel: global.rolling ? 1 : global.parallel,
    keepGoing: global.keepGoing,
    observed: new Map(),
    now: new Date(),
    timeout: global.timeout,
  };
}

/** Prints a plan with `--dry-run`, else carries it out. */
export function printOrExecute({ context, site, transport }: RingAsk, plan: Plan): Promise<ExitCode> {
  if (context.global.dryRun) return Promise.resolve(printPlan(context, plan));
  return executePlan({ context, site, transport, plan });
}
