import type { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import { requireCensus } from "../cassandra/ring/census.ts";
import type { ObservedRing } from "../cassandra/ring/model.ts";
import type { Plan } from "../plan/model.ts";
import { expectedNodes, nodesOf } from "../services/cassandra/ring.ts";
import { planRepair } from "../services/planners/repair.ts";
import { decideRepair, type RepairDecision, type RepairWish } from "../services/planners/repair-rule.ts";
import { executePlan, type Execution } from "./execute.ts";
import { loadSite, type Site } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { requireDryRun } from "./observed-plan.ts";
import { openTransport } from "./open-transport.ts";
import { type PauseOptions, pauseRule } from "./pause.ts";
import { printRepair } from "./repair/print.ts";
import { observeRing, requireAgreement } from "./ring/observe.ts";
import { readRing } from "./ring/options.ts";
import { requireRing } from "./ring/require-ring.ts";
import { renderingSite } from "./selected-hosts.ts";
import { plannedWords, requireOutput, writePlan } from "./write-plan.ts";

/** Options of `smc repair`. */
export interface RepairOptions extends PauseOptions {
  full?: boolean;
  incremental?: boolean;
  /** Only replicas in these data centres. */
  dc?: readonly string[];
  /** Jobs for each set of replicas, instead of one for each node. */
  segments?: number;
  intensity?: number;
  /** What the ledger has since then is left out. */
  since?: Date;
  observed?: string;
}

/** Options of `smc plan repair`. */
export interface PlanRepairOptions extends RepairOptions {
  /** The file to write. */
  output?: string;
}

/**
 * `smc repair [keyspace[.table]…]`: asks the ring, decides the jobs, and carries them out. With `--dry-run` the ring is asked, or
 * read from `--observed`, and the plan printed.
 */
export function repair(context: CommandContext<RepairOptions>, words: readonly string[]): Promise<ExitCode> {
  return withPlan(context, words, (live, { decision, plan }) => {
    if (context.global.dryRun) return printRepair(context, plan, decision);
    return executePlan({ ...live, plan, pause: pauseRule(context.options) });
  });
}

/** `smc plan repair [keyspace[.table]…]`: asks the ring, and prints the jobs or keeps their plan in a file. */
export function planRepairs(
  context: CommandContext<PlanRepairOptions>,
  words: readonly string[],
): Promise<ExitCode> {
  const asked = { ...context, argv: plannedWords(context.argv) };
  const { output } = context.options;
  return withPlan(asked, words, (_, { decision, plan }) =>
    output === undefined ? printRepair(context, plan, decision) : writePlan(context, plan, output),
  );
}

type Live = Pick<Execution, "context" | "site" | "transport">;
type Planned = { decision: RepairDecision; plan: Plan };

/** Asks the ring and goes on with the plan; one of a ring from a file is printed. */
async function withPlan(
  context: CommandContext<PlanRepairOptions>,
  words: readonly string[],
  use: (live: Live, planned: Planned) => ExitCode | Promise<ExitCode>,
): Promise<ExitCode> {
  requireDryRun(context, context.options);
  await requireOutput(context, context.options);
  refuseOn(context);
  const wish = wishOf(context, words);
  const site = await loadSite(context, { secretsMayBeMissing: true });
  requireRing(site);
  const { observed } = context.options;
  if (observed !== undefined) {
    const ring = await readRing(context.io, observed, site.deployment);
    const { decision, plan } = planFor({ context, site, wish, ring });
    return printRepair(context, plan, decision);
  }
  const transport = openTransport(context.io);
  try {
    const seen = await observeRing({ context, site, transport });
    requireAgreement(seen);
    return await use({ context, site, transport }, planFor({ context, site, wish, ring: seen.ring }));
  } finally {
    await transport.close();
  }
}

function wishOf({ global, options }: CommandContext<RepairOptions>, words: readonly string[]): RepairWish {
  if (options.full === true && options.incremental === true) {
    throw new OperatorError("--full and --incremental exclude each other", {
      code: "USAGE",
      hint: "leave out one of the two; without either it is a full repair",
    });
  }
  const { segments, dc = [], intensity = 1, since } = options;
  const width = global.parallel === true ? Infinity : (global.parallel ?? 1);
  return {
    words,
    mode: options.incremental === true ? "incremental" : "full",
    segments,
    dataCentres: dc,
    width,
    intensity,
    since,
  };
}

function planFor(ask: {
  context: CommandContext<RepairOptions>;
  site: Site;
  wish: RepairWish;
  ring: ObservedRing;
}): Planned {
  const { context, site, wish, ring } = ask;
  const { deployment } = site;
  requireCensus(ring, expectedNodes(deployment));
  const decision = decideRepair(ring, wish);
  const plan = planRepair(
    {
      ...renderingSite(context, site),
      command: context.argv,
      instances: nodesOf(deployment),
      parallel: context.global.parallel,
      keepGoing: context.global.keepGoing,
      observed: new Map(),
      now: new Date(),
      timeout: context.global.timeout,
    },
    { decision, wish },
  );
  return { decision, plan };
}

/** Ranges belong to nodes together: a repair of some hosts alone would leave the rest of them as they are. */
function refuseOn({ global }: CommandContext<RepairOptions>): void {
  if (global.on === undefined) return;
  throw new OperatorError("--on says nothing here: a repair is of keyspaces, and all their nodes take part", {
    code: "USAGE",
    hint: "name keyspaces or tables, or a data centre: smc repair site.hub --dc DC0",
  });
}
