import { ExitCode } from "../../base/exit-code.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { requireCensus } from "../../cassandra/ring/census.ts";
import type { ObservedRing } from "../../cassandra/ring/model.ts";
import { nodesBefore, releaseOf, upgradeProblems } from "../../cassandra/upgrade/preflight.ts";
import { isAtLeast, type CassandraVersion } from "../../cassandra/version.ts";
import { explainRefusal, refusalOfKey } from "../../cassandra/yaml-keys.ts";
import { settingsOf, sourceProblem, wantedRelease } from "../../services/cassandra/release.ts";
import { expectedNodes, nodesOf } from "../../services/cassandra/ring.ts";
import type { PlanRequest } from "../../services/planners/request.ts";
import { refusedByRing } from "../../services/planners/ring-refusal.ts";
import { decideRestart } from "../../services/planners/ring-rule.ts";
import { planGoBack, planUpgrade, type UpgradeWords } from "../../services/planners/upgrade.ts";
import { confirm } from "../confirm.ts";
import { executePlan } from "../execute.ts";
import { cutWaves, mostOf, pauseRule } from "../pause.ts";
import { printPlanWith } from "../print-plan.ts";
import { observeRing, requireAgreement } from "../ring/observe.ts";
import { readRing, ruleFor } from "../ring/options.ts";
import { renderingSite } from "../selected-hosts.ts";
import { hostFacts } from "./facts.ts";
import { afterwards, describeSwitch, switchToJson } from "./report.ts";
import type { Switch, SwitchWish, UpgradeAsk } from "./model.ts";

/** Takes the nodes that do not run a release to it, when nothing speaks against it: all that does is told at once (exit 3). */
export async function switchRelease(ask: UpgradeAsk, wish: SwitchWish): Promise<ExitCode> {
  const { context, site, transport } = ask;
  const { observed } = context.options;
  const ring = await look(ask);
  requireCensus(ring, expectedNodes(site.deployment));
  const going = nodesBefore(ring, wish.to);
  if (going.length === 0) return unchanged(ask, wish.to);
  const hosts = observed === undefined ? await hostFacts(ask) : [];
  const { direction, to } = wish;
  refuse(
    upgradeProblems({ ring, hosts, to, direction, config: configProblems(ask, to) }),
    `cassandra cannot go ${direction === "up" ? "to" : "back to"} ${to.text}`,
  );
  const decided = decide(ask, wish, ring);
  if (context.global.dryRun)
    return printPlanWith(context, decided.plan, {
      json: switchToJson(decided),
      text: describeSwitch(decided),
    });
  if (!context.global.json && !context.global.quiet) context.io.stderr.write(describeSwitch(decided));
  await confirm(context, `take ${going.length} nodes of ${site.deployment.name} to ${to.text}?`);
  const pause = pauseRule(context.options);
  const code = await executePlan({ context, site, transport, plan: decided.plan, pause });
  if (!context.global.json) context.io.stderr.write(afterwards(ask, decided, code));
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

function decide(ask: UpgradeAsk, wish: SwitchWish, ring: ObservedRing): Switch {
  const { context, site } = ask;
  const { global, options } = context;
  const going = new Set(nodesBefore(ring, wish.to).map(({ host }) => host));
  const width = global.parallel === true ? Infinity : (global.parallel ?? 1);
  const rule = ruleFor(ring, options, site.deployment);
  const decision = decideRestart(rule, [...going], global.rolling ? 1 : width);
  if (decision.refused.length > 0) throw refusedByRing(decision, { verb: "upgrade", service: "cassandra" });
  const ringDecision = { ...decision, waves: cutWaves(decision.waves, mostOf(options)) };
  const request: PlanRequest = {
    ...renderingSite(context, site),
    command: context.argv,
    instances: nodesOf(site.deployment).filter(({ host }) => going.has(host)),
    parallel: global.rolling ? 1 : global.parallel,
    keepGoing: false,
    observed: new Map(),
    ring: ringDecision,
    now: new Date(),
    timeout: global.timeout,
  };
  const words = wordsOf(ring, wish.to);
  const plan = wish.direction === "up" ? planUpgrade(request, words) : planGoBack(request, words);
  return { wish, ring: ringDecision, words, request, plan };
}

function wordsOf(ring: ObservedRing, to: CassandraVersion): UpgradeWords {
  const releases = ring.nodes.flatMap(node => {
    const release = releaseOf(node);
    return release === undefined ? [] : [[node.host, release] as const];
  });
  const beforeFive = releases.some(([, release]) => !isAtLeast(release, "5.0"));
  return { from: new Map(releases), to, beforeFive };
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

function refuse(details: readonly string[], message: string): void {
  if (details.length === 0) return;
  throw new OperatorError(`${message}: nothing was touched`, {
    code: "UPGRADE_REFUSED",
    exit: ExitCode.Refused,
    details,
    hint: "smc ring  and  smc doctor  show more; docs/upgrade.md has the rules",
  });
}

function unchanged({ context, site }: UpgradeAsk, to: CassandraVersion): ExitCode {
  const { io, global } = context;
  if (global.json)
    io.stdout.write(`${JSON.stringify({ version: 1, outcome: "done", unchanged: to.text })}\n`);
  else if (!global.quiet) io.stderr.write(`unchanged: every node runs ${to.text}\n`);
  const other = nodesOf(site.deployment).some(node => wantedRelease(node).text !== to.text);
  if (other && !global.json) io.stderr.write(`next: set version: ${to.text} in the services file\n`);
  return ExitCode.Done;
}
