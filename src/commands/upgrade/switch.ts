import { ExitCode } from "../../base/exit-code.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { requireCensus, requirePlaces } from "../../cassandra/ring/census.ts";
import type { ObservedRing } from "../../cassandra/ring/model.ts";
import { nodesBefore, releaseOf, upgradeProblems } from "../../cassandra/upgrade/preflight.ts";
import { returningNodes, wayBackProblems, type WayBack } from "../../cassandra/upgrade/way-back.ts";
import type { CassandraVersion } from "../../cassandra/version.ts";
import { explainRefusal, refusalOfKey } from "../../cassandra/yaml-keys.ts";
import { settingsOf, sourceProblem, wantedRelease } from "../../services/cassandra/release.ts";
import { boundNodes, expectedNodes, nodesOf } from "../../services/cassandra/ring.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../model.ts";
import { executePlan } from "../execute.ts";
import { pauseRule } from "../pause.ts";
import { printPlanWith } from "../print-plan.ts";
import { observeRing, requireAgreement } from "../ring/observe.ts";
import { readRing } from "../ring/options.ts";
import { decide } from "./decide.ts";
import { hostFacts, schemasOf } from "./facts.ts";
import { afterwards, describeSwitch, switchToJson } from "./report.ts";
import type { Going, Switch, SwitchWish, UpgradeAsk } from "./model.ts";

/** Takes the nodes that do not run a release to it, when nothing speaks against it: all that does is told at once (exit 3). */
export async function switchRelease(ask: UpgradeAsk, wish: SwitchWish): Promise<ExitCode> {
  const decided = await prepareSwitch(ask, wish);
  if (decided === undefined) return ExitCode.Done;
  return ask.context.global.dryRun ? printSwitch(ask.context, decided) : carryOut(ask, decided);
}

/** Looks at the ring and its hosts and decides; undefined, and said so, where all nodes are there. Throws an OperatorError (exit 3) with all that speaks against it. */
export async function prepareSwitch(ask: UpgradeAsk, wish: SwitchWish): Promise<Switch | undefined> {
  const ring = await look(ask);
  requireCensus(ring, expectedNodes(ask.site.deployment));
  const going = await whoGoes(ask, wish, ring);
  // A way back brings the configuration that the node had.
  if (wish.direction === "up" && ask.context.options.observed === undefined) {
    requirePlaces(ring, boundNodes(ask.site.deployment, going.keys()));
  }
  if (going.size > 0) return decide(ask, { wish, ring, going });
  tellUnchanged(ask, wish.to);
  return undefined;
}

/** Prints what was decided, and every step. */
export function printSwitch(context: CommandContext<unknown>, decided: Switch): ExitCode {
  return printPlanWith(context, decided.plan, {
    json: switchToJson(decided),
    text: describeSwitch(decided),
  });
}

async function carryOut(ask: UpgradeAsk, decided: Switch): Promise<ExitCode> {
  const { context, site, transport } = ask;
  const quiet = context.global.json || context.global.quiet;
  if (!quiet) context.io.stderr.write(describeSwitch(decided));
  const { request, words } = decided;
  const question = `take ${request.instances.length} nodes of ${site.deployment.name} to ${words.to.text}?`;
  await confirm(context, question);
  const pause = pauseRule(context.options);
  let paused = false;
  const code = await executePlan({
    context,
    site,
    transport,
    plan: decided.plan,
    pause: begun => {
      const why = pause(begun);
      paused ||= why !== undefined;
      return why;
    },
  });
  if (!quiet) context.io.stderr.write(afterwards(site.deployment, decided, { code, paused }));
  return code;
}

async function look(ask: UpgradeAsk): Promise<ObservedRing> {
  const { context, site } = ask;
  const { observed } = context.options;
  if (observed !== undefined) return readRing(context.io, observed, site.deployment);
  const seen = await observeRing(ask);
  requireAgreement(seen);
  return seen.ring;
}

/** The nodes that are to go, each with the release that it comes from. Throws an OperatorError (exit 3) with all that speaks against it. */
async function whoGoes(ask: UpgradeAsk, { to, direction }: SwitchWish, ring: ObservedRing): Promise<Going> {
  const { context } = ask;
  const config = configProblems(ask, to);
  const down = new Set(ring.nodes.filter(({ state }) => state !== "up").map(({ host }) => host));
  const before = nodesBefore(ring, to);
  // Of a node that is down nobody can say which release it runs.
  if (before.length + down.size === 0) return new Map();
  const hosts = context.options.observed === undefined ? await hostFacts(ask, { to, down }) : [];
  const returning = direction === "up" ? [] : returningNodes(ring, hosts, to);
  const mayBeDown = returning.filter(node => node.down).map(({ host }) => host);
  refuse(
    [
      ...upgradeProblems({ ring, hosts, to, direction, config, mayBeDown }),
      ...(await backProblems(ask, { ring, to, hosts, returning })),
    ],
    {
      message: `cassandra cannot go ${direction === "up" ? "to" : "back to"} ${to.text}`,
      hint: whatToDo(ring, context.options.observed),
    },
  );
  if (direction === "back") return new Map(returning.map(({ host, ...node }) => [host, node]));
  return new Map(before.map(node => [node.host, { from: releaseOf(node) ?? to, down: false }]));
}

async function backProblems(
  ask: UpgradeAsk,
  back: Pick<WayBack, "ring" | "to" | "hosts" | "returning">,
): Promise<string[]> {
  if (back.hosts.length === 0) return [];
  const told: HostName[] = back.returning.filter(({ down }) => !down).map(({ host }) => host);
  const schemas = await schemasOf(ask, told);
  return wayBackProblems({ ...back, schemas, allowLoss: ask.context.options.allowLoss === true });
}

/** What the services file says that the release does not take; it may have been written for another one. */
function configProblems({ site: { deployment } }: UpgradeAsk, to: CassandraVersion): string[] {
  const problems = nodesOf(deployment).flatMap(node => {
    const keys = Object.keys(settingsOf(node).config).flatMap(key => {
      const refusal = refusalOfKey(key, to);
      return refusal === undefined ? [] : [`config: ${explainRefusal(key, refusal, to)}`];
    });
    return [...keys, ...[sourceProblem(node, to)].filter(problem => problem !== undefined)];
  });
  return [...new Set(problems)];
}

/** A written observation may leave the releases out; an observed ring has them. */
function whatToDo({ nodes }: ObservedRing, file: string | undefined): string {
  const more = "smc ring  and  smc doctor  show more; docs/upgrade.md has the rules";
  if (file === undefined || nodes.every(node => releaseOf(node) !== undefined)) return more;
  return `say in ${file} which "release" each node runs (docs/ring-json.md); ${more}`;
}

function refuse(details: readonly string[], { message, hint }: { message: string; hint: string }): void {
  if (details.length === 0) return;
  throw new OperatorError(`${message}: nothing was touched`, {
    code: "UPGRADE_REFUSED",
    exit: ExitCode.Refused,
    details,
    hint,
  });
}

function tellUnchanged({ context, site }: UpgradeAsk, to: CassandraVersion): void {
  const { io, global } = context;
  if (global.json)
    io.stdout.write(`${JSON.stringify({ version: 1, outcome: "done", unchanged: to.text })}\n`);
  else if (!global.quiet) io.stderr.write(`unchanged: every node runs ${to.text}\n`);
  const other = nodesOf(site.deployment).some(node => wantedRelease(node).text !== to.text);
  if (other && !global.json) io.stderr.write(`next: set version: ${to.text} in the services file\n`);
}
