import { ExitCode } from "../../base/exit-code.ts";
import type { Vm } from "../../machines/vm.ts";
import type { Plan } from "../../plan/model.ts";
import { sequencePlans, type Part } from "../../plan/sequence.ts";
import type { Transport } from "../../transport/model.ts";
import { confirm } from "../confirm.ts";
import { executePlan } from "../execute.ts";
import type { Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";
import { printPlanWith } from "../print-plan.ts";
import { provideKeys } from "../vm/prepare.ts";
import { lookAtVpn } from "../vpn/network.ts";
import { vpnOfSite, type SiteAsk } from "./parts.ts";
import { byWays, planByWays, waysBesideVpn, type Ways } from "./ways.ts";

/** What a verb found to do with a site. */
export interface SiteWork {
  /** One after the other; those without steps are left out. */
  parts: readonly [Part, ...Part[]];
  /** Lines above the steps of a dry run, and its keys in JSON. */
  text: string;
  json: object;
  /** Asked before anything is done, where it was not asked yet. */
  question?: string;
}

/** Lets `decide` plan without asking any host, and prints it. */
export async function printSiteWork(
  { context, site }: SiteAsk,
  decide: (ask: SiteAsk) => Promise<SiteWork>,
): Promise<ExitCode> {
  const work = await decide({ context, site });
  return printPlanWith(context, planOf({ context, site }, work), work);
}

/**
 * Lets `decide` look at the hosts and plan, and carries the plan out, or prints it with `--dry-run`. Hosts are looked at and worked on
 * by their public addresses where they have one: the VPN may not be there yet. `mayBeMade` get host keys before they are reached.
 */
export async function carryOutSiteWork(
  { context, site }: SiteAsk,
  mayBeMade: readonly Vm[],
  decide: (ask: SiteAsk & { transport: Transport }) => Promise<SiteWork>,
): Promise<ExitCode> {
  const { dryRun } = context.global;
  if (!dryRun && mayBeMade.length > 0) await provideKeys({ context, site }, mayBeMade);
  const transport = openTransport(context.io);
  const ask = { context, site, transport: byWays(transport, waysOf(context, site)) };
  try {
    const work = await decide(ask);
    const plan = planOf(ask, work);
    if (dryRun) return printPlanWith(context, plan, work);
    if (work.question !== undefined) await confirm(context, work.question);
    const code = await executePlan({ context, site, transport, plan });
    if (code !== ExitCode.Interrupted) await keepKeys(ask);
    return code;
  } finally {
    await transport.close();
  }
}

function planOf({ context, site }: SiteAsk, { parts }: SiteWork): Plan {
  const [first = parts[0], ...rest] = parts.filter(({ plan }) => plan.steps.length > 0);
  return planByWays(sequencePlans([first, ...rest], context.argv), waysOf(context, site));
}

function waysOf(context: CommandContext<unknown>, site: Site): Ways {
  const vpn = vpnOfSite(site);
  return vpn === undefined ? new Map() : waysBesideVpn({ context, site, network: vpn.network });
}

async function keepKeys(ask: SiteAsk & { transport: Transport }): Promise<void> {
  const vpn = vpnOfSite(ask.site);
  if (vpn === undefined) return;
  await vpn.store.replace((await lookAtVpn({ ...ask, ...vpn })).request.keys);
}
