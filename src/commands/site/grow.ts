import type { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { requireCensus } from "../../cassandra/ring/census.ts";
import type { ObservedRing } from "../../cassandra/ring/model.ts";
import { expandProblems } from "../../cassandra/grow/join-rule.ts";
import type { Host, Instance } from "../../inventory/model.ts";
import { select } from "../../inventory/selection.ts";
import { vmsOf } from "../../machines/vm.ts";
import type { Part } from "../../plan/sequence.ts";
import { expectedNodes, nodesOf } from "../../services/cassandra/ring.ts";
import { planExpand } from "../../services/planners/grow/expand.ts";
import { beginPlanning } from "../../services/planners/request.ts";
import { planStart } from "../../services/planners/start.ts";
import { refuse } from "../grow/change-ring.ts";
import type { ExpandOptions } from "../grow/expand.ts";
import { lookAtNewNodes } from "../grow/look.ts";
import { isMember } from "../grow/words.ts";
import { hostRequest } from "../host-request.ts";
import { loadSite, type Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { requireDryRun } from "../observed-plan.ts";
import type { Unchanged } from "../release/unchanged.ts";
import { observeRing, requireAgreement } from "../ring/observe.ts";
import { readRing } from "../ring/options.ts";
import { carryOutSiteWork, printSiteWork, type SiteWork } from "./carry-out.ts";
import { newHosts, unmade } from "./new-hosts.ts";
import { groundParts, type Ground, type SiteAsk } from "./parts.ts";

/**
 * `smc grow [host…]`: hosts that are new in the services file become part of the site, in one plan: VMs made, prepared, in the VPN, the
 * firewall of all hosts, the join of the ring with the cleanup of the others, and their services. Without a word, all that are new.
 */
export async function grow(
  context: CommandContext<ExpandOptions>,
  words: readonly string[],
): Promise<ExitCode> {
  requireDryRun(context, context.options);
  if (context.global.on !== undefined)
    throw new OperatorError("--on says nothing here: name the hosts themselves", { code: "USAGE" });
  const site = await loadSite(context, { hosts: words, secretsMayBeMissing: true });
  const { observed, cleanup } = context.options;
  const how = { words, cleanup: cleanup !== false };
  if (observed !== undefined) {
    const ring = await readRing(context.io, observed, site.deployment);
    return printSiteWork({ context, site }, ask => workOfGrow(ask, { ...how, ring }));
  }
  const named = words.length === 0 ? undefined : new Set(namedHosts(site, words).map(({ name }) => name));
  return carryOutSiteWork({ context, site }, async ask => {
    const ring = asksRing(site, named) ? await observe(ask) : undefined;
    return workOfGrow(ask, { ...how, ring });
  });
}

interface Growth {
  words: readonly string[];
  cleanup: boolean;
  /** Undefined where no node of it is meant. */
  ring: ObservedRing | undefined;
}

async function workOfGrow(ask: SiteAsk, { words, cleanup, ring }: Growth): Promise<SiteWork | Unchanged> {
  const { site } = ask;
  const hosts = words.length > 0 ? namedHosts(site, words) : await newHosts(ask, ring);
  if (hosts.length === 0) return { unchanged: nothingNew(ask) };
  const names = hosts.map(({ name }) => name);
  const nodes = nodesOf(site.deployment).filter(({ host }) => names.includes(host));
  const joining = ring === undefined ? [] : nodes.filter(({ host }) => !isMember(ring, host));
  if (ring !== undefined && joining.length > 0) await requireJoin(ask, ring, joining);
  const ground = await groundParts(ask, groundOfNew(site, hosts));
  const last: Part[] = [
    ...(ring === undefined || joining.length === 0 ? [] : [ringPart(ask, { ring, joining, cleanup })]),
    servicesPart(ask, names, joining),
  ];
  const [first, ...rest] = [...ground, ...last];
  if (first === undefined) throw new Error("there is always a part for services");
  const who = foldNames(names);
  return {
    parts: [first, ...rest],
    text: `${who} ${hosts.length === 1 ? "becomes" : "become"} part of ${site.deployment.name}${joining.length === 0 ? "" : `; ${foldNames(joining.map(({ host }) => host))} ${joining.length === 1 ? "joins" : "join"} the ring`}\n`,
    json: { hosts: names, joining: joining.map(({ host }) => host) },
    question: `let ${who} become part of ${site.deployment.name}, with the firewall of ${site.deployment.hosts.size} hosts?`,
  };
}

function nothingNew({ transport }: SiteAsk): string {
  if (transport !== undefined) return "the site has every host of the services file";
  return "the ring has every node of the services file; no host was asked whether it is part of the site";
}

function namedHosts({ deployment }: Site, words: readonly string[]): Host[] {
  return select(deployment.hosts, words).filter(({ managed }) => managed);
}

function asksRing({ deployment }: Site, named: ReadonlySet<HostName> | undefined): boolean {
  return nodesOf(deployment).some(({ host }) => named?.has(host) ?? true);
}

async function observe(ask: SiteAsk & Required<Pick<SiteAsk, "transport">>): Promise<ObservedRing> {
  const seen = await observeRing(ask);
  requireAgreement(seen);
  return seen.ring;
}

/** Throws an OperatorError (exit 3) with everything that keeps these nodes out of the ring. */
async function requireJoin(ask: SiteAsk, ring: ObservedRing, joining: readonly Instance[]): Promise<void> {
  const { deployment } = ask.site;
  const absent = nodesOf(deployment).filter(({ host }) => !isMember(ring, host));
  requireCensus(ring, expectedNodes(deployment), { absent: absent.map(({ host }) => host) });
  const hosts = joining.map(({ host }) => host);
  const empty = await unmade(ask, hosts);
  refuse("join the ring", hosts, expandProblems(ring, await lookAtNewNodes(ask, joining, empty)));
}

/** New VMs come with the machines that carry them, which may be as new. */
function groundOfNew({ deployment }: Site, hosts: readonly Host[]): Ground {
  if (deployment.transport === "local") return { machines: [], vms: [] };
  const names = new Set(hosts.map(({ name }) => name));
  const vms = vmsOf(deployment).filter(({ name }) => names.has(name));
  const guests = new Set(vms.map(({ name }) => name));
  const machines = [...vms.map(({ machine }) => machine), ...hosts.filter(({ name }) => !guests.has(name))];
  return { machines: [...new Set(machines)], vms };
}

function ringPart(
  { context, site }: SiteAsk,
  { ring, joining, cleanup }: { ring: ObservedRing; joining: readonly Instance[]; cleanup: boolean },
): Part {
  const request = { ...hostRequest(context, site), instances: joining };
  const members = nodesOf(site.deployment).filter(({ host }) => isMember(ring, host));
  return {
    name: "ring",
    plan: planExpand(request, { ring, cleanup }),
    // A member whose firewall does not know the new node yet could send it nothing.
    also: members.map(({ host }) => host),
  };
}

/**
 * What runs on the new hosts beside the nodes that join, and what the others have of them in their files: proxies send to them from then
 * on, programs find the new nodes at their next start. Of the ring itself only new nodes are touched.
 */
function servicesPart(ask: SiteAsk, hosts: readonly HostName[], joining: readonly Instance[]): Part {
  const { context, site } = ask;
  const { instances } = site.deployment;
  const own = instances.filter(one => hosts.includes(one.host) && !joining.includes(one));
  const others = instances.filter(({ host, service }) => !hosts.includes(host) && service !== "cassandra");
  const request = { ...hostRequest(context, site), instances: [...own, ...namingNew(ask, others, hosts)] };
  return { name: "services", plan: planStart(request) };
}

/** Those of these instances that are described in another way without the new hosts. */
function namingNew(
  { context, site }: SiteAsk,
  instances: readonly Instance[],
  hosts: readonly HostName[],
): Instance[] {
  const { deployment } = site;
  const old = { ...deployment, instances: deployment.instances.filter(({ host }) => !hosts.includes(host)) };
  const now = beginPlanning(hostRequest(context, site));
  const before = beginPlanning(hostRequest(context, { ...site, deployment: old }));
  return instances.filter(one => {
    const [is, was] = [now, before].map(planning => JSON.stringify(planning.render(one).rendered));
    return is !== was;
  });
}
