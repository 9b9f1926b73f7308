import { ExitCode } from "../../base/exit-code.ts";
import type { Plan } from "../../plan/model.ts";
import { sequencePlans } from "../../plan/sequence.ts";
import { confirm } from "../confirm.ts";
import { executePlan } from "../execute.ts";
import { loadSite } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";
import { printPlan } from "../print-plan.ts";
import { lookAtVpn, vpnTargets } from "../vpn/network.ts";
import { keysOfSite, partsOfSite, provideVmKeys, type SiteAsk } from "./parts.ts";

/**
 * `smc up`: the whole deployment in one plan, from machines as they come to services that answer. What is so already is `unchanged`.
 * With `--dry-run` no host is asked.
 */
export async function up(context: CommandContext<unknown>): Promise<ExitCode> {
  const site = await loadSite(context, { secretsMayBeMissing: true });
  if (context.global.dryRun) return printPlan(context, await planUp({ context, site }));
  const { name, hosts, transport: way } = site.deployment;
  if (way === "ssh")
    await confirm(context, `bring the whole of ${name} up, with the firewall of ${hosts.size} hosts?`);
  await provideVmKeys({ context, site });
  const transport = openTransport(context.io);
  try {
    const ask = { context, site, transport };
    const plan = await planUp(ask);
    const code = await executePlan({ context, site, transport, plan });
    const keys = keysOfSite(ask);
    if (keys !== undefined && code !== ExitCode.Interrupted) {
      await keys.store.replace((await lookAtVpn({ ...ask, ...keys })).request.keys);
    }
    return code;
  } finally {
    await transport.close();
  }
}

/** Hosts are reached as for work on the VPN itself: by their public addresses, where they have one. */
async function planUp(ask: SiteAsk): Promise<Plan> {
  const plan = sequencePlans(await partsOfSite(ask), ask.context.argv);
  const network = keysOfSite(ask)?.network;
  if (network === undefined) return plan;
  const ways = new Map(vpnTargets(ask, network.hosts).map(target => [target.name, target]));
  const hosts = Object.entries(plan.hosts).map(([name, target]) => [name, ways.get(name) ?? target]);
  return { ...plan, hosts: Object.fromEntries(hosts) };
}
