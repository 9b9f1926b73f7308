import { administratorOf } from "../../inventory/administrator.ts";
import { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Milliseconds } from "../../base/units.ts";
import {
  lookCommand,
  parseFirewall,
  SSH_COMMAND,
  type SeenFirewall,
  type SeenFirewalls,
} from "../../firewall/observation.ts";
import type { FirewallRequest } from "../../firewall/plan-apply.ts";
import { cutsOff } from "../../firewall/state.ts";
import { rulesFor, type SiteView } from "../../firewall/rules.ts";
import type { Deployment } from "../../inventory/model.ts";
import { planInstance } from "../../services/planners/planned-instance.ts";
import type { Transport } from "../../transport/model.ts";
import { describeEnd } from "../fleet/describe-end.ts";
import { askAll } from "../fleet/fan-out.ts";
import { selectTargets } from "../fleet/targets.ts";
import { loadSite, type Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";
import { renderingSite } from "../selected-hosts.ts";

const LOOK_TIMEOUT: Milliseconds = 20_000;

/** The firewalls that a verb works on, as they should be and as they are. */
export interface FirewallAsk {
  context: CommandContext<unknown>;
  site: Site;
  transport: Transport;
  request: FirewallRequest;
}

/** Looks at the firewalls of the named hosts, all without a word, and does something with them. */
export async function onFirewalls<T>(
  context: CommandContext<unknown>,
  words: readonly string[],
  work: (ask: FirewallAsk) => Promise<T>,
): Promise<T> {
  const site = await loadSite(context, { hosts: words, secretsMayBeMissing: true });
  const { deployment } = site;
  refuseLocal(deployment);
  const transport = openTransport(context.io);
  try {
    const request = firewallRequest(context, site, words);
    const seen = await lookAtFirewalls({ context, site, transport }, request);
    return await work({ context, site, transport, request: { ...request, seen } });
  } finally {
    await transport.close();
  }
}

/** The request for the firewalls of the named hosts, of which nothing was seen yet. */
export function firewallRequest(
  context: CommandContext<unknown>,
  site: Site,
  words: readonly string[],
): FirewallRequest {
  const { deployment } = site;
  const targets = selectTargets(deployment, words, context.global);
  const views = viewsAround(context, site);
  const rules = targets.flatMap(({ name }) => {
    const host = deployment.hosts.get(name);
    return host === undefined ? [] : [rulesFor(host, views)];
  });
  return {
    command: context.argv,
    deployment: deployment.name,
    targets,
    parallel: deployment.ssh.parallel,
    administrator: administratorOf(deployment),
    now: new Date(),
    timeout: context.global.timeout,
    rules,
    seen: new Map(),
  };
}

function refuseLocal({ transport, name }: Deployment): void {
  if (transport === "ssh") return;
  throw new OperatorError(`${name} is on this machine alone: smc leaves its firewall to you`, {
    code: "HOST_IS_LOCAL",
  });
}

/** Deployments on the same machines share their firewalls. */
function viewsAround(context: CommandContext<unknown>, site: Site): SiteView[] {
  const own = new Map([...site.deployment.hosts.values()].map(({ name, address }) => [name, address]));
  const around = [...site.inventory.deployments.values()].filter(
    ({ transport, hosts }) =>
      transport === "ssh" && [...hosts.values()].some(({ name, address }) => own.get(name) === address),
  );
  return around.map(deployment => {
    const rendering = renderingSite(context, { ...site, deployment });
    const planned = deployment.instances
      .filter(({ service }) => rendering.descriptions.has(service))
      .map(instance => planInstance(rendering, instance));
    return { deployment, planned };
  });
}

/** What the firewalls of a request are, all hosts at once. */
export async function lookAtFirewalls(
  { context, site, transport }: Omit<FirewallAsk, "request">,
  { targets, administrator }: FirewallRequest,
): Promise<SeenFirewalls> {
  const account = administrator === undefined ? {} : { runAs: administrator };
  const answers = await askAll<[HostName, SeenFirewall | { why: string }]>({
    context,
    targets,
    title: `looking at the firewalls of ${foldNames(targets.map(({ name }) => name))}`,
    concurrency: site.deployment.ssh.parallel,
    ask: async (target, signal) => {
      const connection = transport.connection(target);
      const limits = { timeout: LOOK_TIMEOUT, signal };
      const look = await connection.run(lookCommand(), { ...limits, ...account });
      if (!look.ok) return [target.name, { why: describeEnd(look.end) }];
      const ssh = await connection.run(SSH_COMMAND, limits);
      const seen = parseFirewall(look.stdout, ssh.stdout);
      return [target.name, seen ?? { why: "its answer is not what smc reads" }];
    },
  });
  return new Map(answers);
}

/** Throws an OperatorError (exit 3) for rules that would keep smc itself out. */
export function refuseCut({ rules, seen }: FirewallRequest): void {
  const details = rules.flatMap(wanted => cutsOff(wanted, seen.get(wanted.host)) ?? []);
  if (details.length === 0) return;
  throw new OperatorError("the rules would cut smc off: nothing was touched", {
    code: "FIREWALL_CUTS_OFF",
    exit: ExitCode.Refused,
    details,
    hint: "run smc from another host, or say ssh_port: of the host as it is",
  });
}
