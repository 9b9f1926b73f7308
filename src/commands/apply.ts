import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ExitCode } from "../base/exit-code.ts";
import type { InstanceName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import { ringIdentity } from "../cassandra/ring/identity.ts";
import { parsePlan } from "../plan/check.ts";
import { fingerprint } from "../plan/fingerprint.ts";
import type { Plan } from "../plan/model.ts";
import { NOT_ASKED, relies } from "../services/planners/assemble.ts";
import { planInstance } from "../services/planners/planned-instance.ts";
import type { ObservedInstance } from "../services/planners/request.ts";
import type { Transport } from "../transport/model.ts";
import { executePlan } from "./execute.ts";
import { loadSite, type Site } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { openTransport } from "./open-transport.ts";
import { type PauseOptions, pauseRule } from "./pause.ts";
import { printPlan } from "./print-plan.ts";
import { observeRing, requireAgreement } from "./ring/observe.ts";
import { hostsOf, renderingSite } from "./selected-hosts.ts";
import { observeInstances } from "./status/observe.ts";

/**
 * `smc apply FILE`: carries out a plan that `smc plan -o` wrote, as it is. Refuses (exit 3) when what it relies on has
 * changed: what the services file says of its hosts and instances, the state of one of these instances, or the ring.
 */
export async function apply(context: CommandContext<PauseOptions>, file: string): Promise<ExitCode> {
  const plan = parsePlan(await readPlanFile(context, file), file);
  const ofPlan = { ...context, global: { ...context.global, deployment: plan.deployment } };
  const site = await loadSite(ofPlan, { secretsMayBeMissing: true });
  const transport = openTransport(context.io);
  try {
    await refuseChanges(ofPlan, { site, transport, plan });
    if (context.global.dryRun) return printPlan(context, plan);
    return await executePlan({ context, site, transport, plan, pause: pauseRule(context.options) });
  } finally {
    await transport.close();
  }
}

async function readPlanFile({ io }: CommandContext<unknown>, file: string): Promise<string> {
  try {
    return await readFile(resolve(io.directory, file), "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(`the plan cannot be read: ${why}`, {
      code: "PLAN_UNREADABLE",
      hint: `smc plan VERB … -o ${file}  writes one`,
      cause,
    });
  }
}

async function refuseChanges(
  context: CommandContext<unknown>,
  { site, transport, plan }: { site: Site; transport: Transport; plan: Plan },
): Promise<void> {
  const names = Object.keys(plan.relies.instances);
  const instances = names.flatMap(
    name => site.deployment.instances.find(instance => instance.name === name) ?? [],
  );
  const hosts = hostsOf(context, site, instances);
  const observed = await observeInstances({ context, transport, hosts });
  const now = reliesNow(context, { site, plan, instances }, observed);
  const changes = [
    ...(now.inventory === plan.relies.inventory
      ? []
      : ["the services file, or what smc makes of it, is another for these instances"]),
    ...names.flatMap(name => changeOf(name, plan, observed.get(name))),
    ...(await changeOfRing({ context, site, transport }, plan)),
  ];
  if (changes.length === 0) return;
  throw new OperatorError("what the plan relies on has changed since it was made: nothing was touched", {
    code: "PLAN_OUTDATED",
    exit: ExitCode.Refused,
    details: changes,
    hint: `plan it again: smc plan ${plan.command.join(" ")} -o FILE`,
  });
}

/** The ring whose quorums the plan keeps must still be that one. */
async function changeOfRing(ask: Parameters<typeof observeRing>[0], plan: Plan): Promise<string[]> {
  if (plan.relies.ring === undefined) return [];
  const seen = await observeRing(ask);
  requireAgreement(seen);
  if (fingerprint(ringIdentity(seen.ring)) === plan.relies.ring) return [];
  return [
    "the ring is another: its nodes, which of them are up, their tokens, or how keyspaces are replicated",
  ];
}

function reliesNow(
  context: CommandContext<unknown>,
  { site, plan, instances }: { site: Site; plan: Plan; instances: Site["deployment"]["instances"] },
  observed: ReadonlyMap<InstanceName, ObservedInstance>,
): Plan["relies"] {
  // How long to wait for a connection is a matter of each command line, and no change of the site.
  const [target] = Object.values(plan.hosts);
  const timeout = target === undefined ? {} : { connectTimeout: target.connectTimeout };
  const rendering = { ...renderingSite(context, site), ...timeout };
  return relies(
    observed,
    instances.map(instance => planInstance(rendering, instance)),
  );
}

/** How one instance is no longer what the plan took it for. */
function changeOf(name: InstanceName, plan: Plan, now: ObservedInstance | undefined): string[] {
  const then = plan.relies.instances[name];
  const state = now?.state ?? "not in the services file";
  if (then !== NOT_ASKED && then !== state) return [`${name} was ${then}, is ${state}`];
  const replaced = plan.steps.some(
    ({ instance, action }) =>
      instance === name &&
      action.kind === "unit" &&
      action.previous !== undefined &&
      action.previous !== now?.identity,
  );
  return replaced ? [`${name} was started again since`] : [];
}
