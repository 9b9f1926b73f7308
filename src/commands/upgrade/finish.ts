import { ExitCode } from "../../base/exit-code.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { requireCensus } from "../../cassandra/ring/census.ts";
import type { ObservedRing } from "../../cassandra/ring/model.ts";
import {
  MODE_QUERY,
  nextMode,
  readMode,
  STORAGE_MODE,
  type NodeMode,
} from "../../cassandra/upgrade/storage-mode.ts";
import { describeMixture } from "../../cassandra/upgrade/mixture.ts";
import { releaseOf, upgradeProblems } from "../../cassandra/upgrade/preflight.ts";
import { isAtLeast, type CassandraVersion } from "../../cassandra/version.ts";
import { withCqlSession } from "../../engine/cql/session.ts";
import type { Plan } from "../../plan/model.ts";
import { atRelease, settingsOf, wantedRelease } from "../../services/cassandra/release.ts";
import { expectedNodes, nodesOf } from "../../services/cassandra/ring.ts";
import type { PlanRequest } from "../../services/planners/request.ts";
import { planRestart } from "../../services/planners/restart.ts";
import { planRewriteSstables } from "../../services/planners/rewrite-sstables.ts";
import { endpointOf } from "../../services/planners/ring-endpoint.ts";
import { decideRestart } from "../../services/planners/ring-rule.ts";
import { confirmName } from "../confirm-name.ts";
import { ringNodes } from "../contents/ask-ring.ts";
import { executePlan } from "../execute.ts";
import { cutWaves, mostOf, pauseRule } from "../pause.ts";
import { printPlan } from "../print-plan.ts";
import { observeRing, requireAgreement, sessionFor } from "../ring/observe.ts";
import { ruleFor } from "../ring/options.ts";
import { renderingSite } from "../selected-hosts.ts";
import { hostFacts } from "./facts.ts";
import type { UpgradeAsk } from "./model.ts";

/** What is left to be done of the end of an upgrade. */
interface Phase {
  /** `1 of 3: …` is said before it; the last one has no successor. */
  what: string;
  plan: Plan;
  last: boolean;
}

/**
 * Ends an upgrade for good: the nodes write the formats of their own release, by two rolling restarts from 5.0 on, and older
 * sstables are written anew. Each part looks at what is left, so that it is asked for again after a failure or a pause.
 */
export async function finishUpgrade(ask: UpgradeAsk): Promise<ExitCode> {
  const { context, site, transport } = ask;
  const { deployment } = site;
  const release = await requireFinishable(ask);
  const pause = pauseRule(context.options);
  let phase = await nextPhase(ask, release);
  if (context.global.dryRun) return printPlan(context, phase.plan);
  await confirmName(context, {
    what: `From here on the ring of ${deployment.name} cannot go back to a release before ${release.text}.`,
    name: deployment.name,
  });
  for (;;) {
    if (!context.global.json && !context.global.quiet) context.io.stderr.write(`${phase.what}\n`);
    const code = await executePlan({ context, site, transport, plan: phase.plan, pause });
    const isOver = phase.last || mostOf(context.options) !== undefined || pause(0) !== undefined;
    if (code !== ExitCode.Done || isOver) return code;
    phase = await nextPhase(ask, release);
  }
}

/** Throws an OperatorError (exit 3) with everything that keeps an upgrade from its end; gives the release of all nodes. */
async function requireFinishable(ask: UpgradeAsk): Promise<CassandraVersion> {
  const { deployment } = ask.site;
  const ring = await observe(ask);
  const [first] = ring.nodes;
  const release = first === undefined ? undefined : releaseOf(first);
  const mixed = describeMixture(ring);
  const details =
    release === undefined || mixed.length > 0
      ? mixed
      : [
          ...upgradeProblems({
            ring,
            hosts: await hostFacts(ask, { to: release, down: new Set() }),
            to: release,
            direction: "up",
            config: [],
          }),
          ...fileProblems(deployment, release),
        ];
  if (release !== undefined && details.length === 0) return release;
  throw new OperatorError("the upgrade of cassandra cannot be ended: nothing was touched", {
    code: "UPGRADE_REFUSED",
    exit: ExitCode.Refused,
    details,
    hint: "docs/upgrade.md has the rules",
  });
}

/** What the nodes are to be from now on is what the services file says, or the next start would be another way. */
function fileProblems(deployment: UpgradeAsk["site"]["deployment"], release: CassandraVersion): string[] {
  const nodes = nodesOf(deployment);
  const version = nodes.every(node => wantedRelease(node).text === release.text);
  const mode = nodes.every(node => settingsOf(node).config[STORAGE_MODE] === "NONE");
  return [
    ...(version ? [] : [`the services file does not say what runs: set version: ${release.text}`]),
    ...(mode || !isAtLeast(release, "5.0")
      ? []
      : [`the services file lets nodes write for the release before: set config: { ${STORAGE_MODE}: NONE }`]),
  ];
}

async function nextPhase(ask: UpgradeAsk, release: CassandraVersion): Promise<Phase> {
  const { deployment } = ask.site;
  const step = isAtLeast(release, "5.0") ? nextMode(await modesOf(ask)) : undefined;
  if (step === undefined) {
    const request = requestOf(ask, deployment, nodesOf(deployment));
    const plan = planRewriteSstables(request, release);
    return { what: "write older sstables anew", plan, last: true };
  }
  const { mode, hosts } = step;
  const ring = await observe(ask);
  const rule = ruleFor(ring, ask.context.options, deployment);
  const { parallel, rolling } = ask.context.global;
  const decision = decideRestart(rule, hosts, rolling ? 1 : parallel === true ? Infinity : (parallel ?? 1));
  const then = atRelease(deployment, { version: release, config: { [STORAGE_MODE]: mode } });
  const instances = nodesOf(then).filter(({ host }) => hosts.includes(host));
  const waves = cutWaves(decision.waves, mostOf(ask.context.options));
  const request = { ...requestOf(ask, then, instances), ring: { ...decision, waves } };
  const plan = planRestart(request, { allowLoss: false });
  return { what: `restart with ${STORAGE_MODE}: ${mode}`, plan, last: false };
}

function requestOf(
  { context, site }: UpgradeAsk,
  deployment: PlanRequest["deployment"],
  instances: PlanRequest["instances"],
): PlanRequest {
  return {
    ...renderingSite(context, site),
    deployment,
    command: context.argv,
    instances,
    parallel: context.global.rolling ? 1 : context.global.parallel,
    keepGoing: false,
    observed: new Map(),
    now: new Date(),
    timeout: context.global.timeout,
  };
}

async function observe(ask: UpgradeAsk): Promise<ObservedRing> {
  const seen = await observeRing(ask);
  requireAgreement(seen);
  requireCensus(seen.ring, expectedNodes(ask.site.deployment));
  return seen.ring;
}

/** The mode that each node runs in, by its own word. */
function modesOf(ask: UpgradeAsk): Promise<NodeMode[]> {
  return Promise.all(
    ringNodes(ask).map(async node => {
      const rows = await withCqlSession(sessionFor(ask, node), endpointOf(node), session =>
        session.rows(MODE_QUERY, "one"),
      );
      return { host: node.host.name, mode: readMode(rows) };
    }),
  );
}
