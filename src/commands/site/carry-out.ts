import { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { beginsAnew } from "../../machines/seen.ts";
import { hostKeySecret, type Vm } from "../../machines/vm.ts";
import type { Plan } from "../../plan/model.ts";
import { secretsOf } from "../../plan/secrets.ts";
import { sequencePlans, type Part } from "../../plan/sequence.ts";
import { SecretFiles } from "../../state/secret-files.ts";
import type { Transport } from "../../transport/model.ts";
import { confirm } from "../confirm.ts";
import { executePlan } from "../execute.ts";
import type { Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";
import { printPlanWith } from "../print-plan.ts";
import { tellUnchanged, type Unchanged } from "../release/unchanged.ts";
import { lookAtMachines, seenVms } from "../vm/observe.ts";
import { provideKeys } from "../vm/prepare.ts";
import { lookAtVpn } from "../vpn/network.ts";
import { groundOf, vpnOfSite, type SiteAsk } from "./parts.ts";
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
  decide: (ask: SiteAsk) => Promise<SiteWork | Unchanged>,
): Promise<ExitCode> {
  const work = await decide({ context, site });
  if ("unchanged" in work) return tellUnchanged(context, work.unchanged);
  return printPlanWith(context, planOf({ context, site }, work), work);
}

/**
 * Lets `decide` look at the hosts and plan, and carries the plan out, or prints it with `--dry-run`. Hosts are looked at and worked on
 * by their public addresses where they have one: the VPN may not be there yet. VMs that begin anew get host keys when all was asked.
 */
export async function carryOutSiteWork(
  { context, site }: SiteAsk,
  decide: (ask: SiteAsk & { transport: Transport }) => Promise<SiteWork | Unchanged>,
): Promise<ExitCode> {
  const found = await withTransport({ context, site }, async ask => {
    const decided = await decide(ask);
    if ("unchanged" in decided) return decided;
    const made = planOf(ask, decided);
    const keyless = context.global.dryRun ? [] : await vmsForKeys(ask, made);
    return { work: decided, plan: made, anew: keyless };
  });
  if ("unchanged" in found) return tellUnchanged(context, found.unchanged);
  const { work, plan, anew } = found;
  if (context.global.dryRun) return printPlanWith(context, plan, work);
  if (work.question !== undefined) await confirm(context, work.question);
  await provideKeys({ context, site }, anew);
  // Another transport than the one that looked: that one has read the known keys already.
  return withTransport({ context, site }, async (ask, transport) => {
    const code = await executePlan({ context, site, transport, plan });
    if (code !== ExitCode.Interrupted) await keepKeys(ask);
    return code;
  });
}

async function withTransport<T>(
  { context, site }: SiteAsk,
  work: (ask: SiteAsk & { transport: Transport }, transport: Transport) => Promise<T>,
): Promise<T> {
  const transport = openTransport(context.io);
  try {
    return await work({ context, site, transport: byWays(transport, waysOf(context, site)) }, transport);
  } finally {
    await transport.close();
  }
}

/**
 * The VMs of a plan that begin anew, so that they get the host key that is made here. Throws an OperatorError (exit 3) for any other
 * without one here: it may have been made with another key, from another machine.
 */
async function vmsForKeys(ask: SiteAsk & { transport: Transport }, plan: Plan): Promise<Vm[]> {
  const { site } = ask;
  const wanted = new Set(secretsOf(plan).map(({ name }) => name));
  const vms = groundOf(site).vms.filter(({ name }) => wanted.has(hostKeySecret(name)));
  if (vms.length === 0) return [];
  const seen = seenVms(await lookAtMachines(ask, vms, { kvm: false }));
  const anew = vms.filter(({ name }) => {
    const found = seen.get(name);
    return found !== undefined && beginsAnew(found);
  });
  const secrets = new SecretFiles(site.secretsFolder);
  const others = vms.filter(vm => !anew.includes(vm)).map(({ name }) => name);
  const held = await Promise.all(others.map(name => secrets.has(hostKeySecret(name))));
  const keyless = others.filter((_, index) => held[index] === false);
  if (keyless.length === 0) return anew;
  throw new OperatorError(`no ssh host key of ${foldNames(keyless)} is here: nothing was touched`, {
    code: "HOST_KEY_MISSING",
    exit: ExitCode.Refused,
    details: keyless.map(name => secrets.path(hostKeySecret(name))),
    hint: "their machines do not say that they were never made: take the keys from where they were made",
  });
}

function planOf({ context, site }: SiteAsk, { parts }: SiteWork): Plan {
  const [first = parts[0], ...rest] = parts.filter(({ plan }) => plan.steps.length > 0);
  return planByWays(sequencePlans([first, ...rest], context.argv), waysOf(context, site));
}

/** How the hosts of a site are reached beside its VPN. */
export function waysOf(context: CommandContext<unknown>, site: Site): Ways {
  const vpn = vpnOfSite(site);
  return vpn === undefined ? new Map() : waysBesideVpn({ context, site, network: vpn.network });
}

/** Keeps the public keys that the members of the VPN have now. */
export async function keepKeys(ask: SiteAsk & { transport: Transport }): Promise<void> {
  const vpn = vpnOfSite(ask.site);
  if (vpn === undefined) return;
  await vpn.store.replace((await lookAtVpn({ ...ask, ...vpn })).request.keys);
}
