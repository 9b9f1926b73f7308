import type { ExitCode } from "../../base/exit-code.ts";
import { planStart } from "../../services/planners/start.ts";
import { confirm } from "../confirm.ts";
import { hostRequest } from "../host-request.ts";
import { loadSite } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { carryOutSiteWork, printSiteWork, type SiteWork } from "./carry-out.ts";
import { groundOf, groundParts, type SiteAsk } from "./parts.ts";

/**
 * `smc up`: the whole deployment in one plan, from machines as they come to services that answer. What is so already is `unchanged`.
 * With `--dry-run` no host is asked.
 */
export async function up(context: CommandContext<unknown>): Promise<ExitCode> {
  const site = await loadSite(context, { secretsMayBeMissing: true });
  const ask = { context, site };
  if (context.global.dryRun) return printSiteWork(ask, workOfUp);
  const { name, hosts, transport } = site.deployment;
  if (transport === "ssh")
    await confirm(context, `bring the whole of ${name} up, with the firewall of ${hosts.size} hosts?`);
  return carryOutSiteWork(ask, workOfUp);
}

async function workOfUp(ask: SiteAsk): Promise<SiteWork> {
  const { context, site } = ask;
  const { instances } = site.deployment;
  const services = { name: "services", plan: planStart({ ...hostRequest(context, site), instances }) };
  const [first = services, ...rest] = await groundParts(ask, groundOf(site));
  return { parts: first === services ? [services] : [first, ...rest, services], text: "", json: {} };
}
