import { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { requireCensus, type CensusAllowance } from "../../cassandra/ring/census.ts";
import type { ObservedRing } from "../../cassandra/ring/model.ts";
import type { Plan } from "../../plan/model.ts";
import { expectedNodes } from "../../services/cassandra/ring.ts";
import type { PlanRequest } from "../../services/planners/request.ts";
import type { RingAsk } from "../contents/ask-ring.ts";
import { confirm } from "../confirm.ts";
import { executePlan } from "../execute.ts";
import { loadSite } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { requireDryRun } from "../observed-plan.ts";
import { openTransport } from "../open-transport.ts";
import { printPlanWith } from "../print-plan.ts";
import { tellUnchanged, type Unchanged } from "../release/unchanged.ts";
import { observeRing, requireAgreement } from "../ring/observe.ts";
import { readRing } from "../ring/options.ts";
import { requireRing } from "../ring/require-ring.ts";
import { renderingSite } from "../selected-hosts.ts";

/** Options of every verb that changes who is in the ring. */
export interface ChangeOptions {
  observed?: string;
}

/** The site with its ring, as its nodes tell of it or as a file does. */
export interface RingChange extends RingAsk {
  ring: ObservedRing;
  /** The hosts can be asked: the ring is no file. */
  live: boolean;
}

/** What a verb wants to do with the ring, and what it says of that. */
export interface ChangePlan {
  plan: Plan;
  /** Lines above the steps of a dry run. */
  text: string;
  json: object;
  question: string;
  /** Lines after it is done. */
  next: readonly string[];
}

/** Observes the ring, lets `decide` plan, and carries the plan out, or prints it with `--dry-run`. */
export async function changeRing(
  context: CommandContext<ChangeOptions>,
  decide: (change: RingChange) => Promise<ChangePlan | Unchanged>,
): Promise<ExitCode> {
  const { observed } = context.options;
  requireDryRun(context, context.options);
  refuseOn(context);
  const site = await loadSite(context, { secretsMayBeMissing: true });
  requireRing(site);
  const transport = openTransport(context.io);
  const ask = { context, site, transport };
  try {
    const ring =
      observed === undefined ? await observe(ask) : await readRing(context.io, observed, site.deployment);
    const change = await decide({ ...ask, ring, live: observed === undefined });
    return "unchanged" in change ? tellUnchanged(context, change.unchanged) : await carryOut(ask, change);
  } finally {
    await transport.close();
  }
}

async function observe(ask: RingAsk): Promise<ObservedRing> {
  const seen = await observeRing(ask);
  requireAgreement(seen);
  return seen.ring;
}

async function carryOut({ context, site, transport }: RingAsk, change: ChangePlan): Promise<ExitCode> {
  const { plan, text, json, question, next } = change;
  const { io, global } = context;
  if (global.dryRun) return printPlanWith(context, plan, { json, text });
  if (!global.json && !global.quiet) io.stderr.write(text);
  await confirm(context, question);
  const code = await executePlan({ context, site, transport, plan });
  if (code === ExitCode.Done && !global.json && !global.quiet) {
    io.stderr.write(next.map(line => `next: ${line}\n`).join(""));
  }
  return code;
}

/** Throws an OperatorError (exit 3) where the ring and the services file differ in more than what the verb is about. */
export function requireOwnCensus({ ring, site }: RingChange, allowance: CensusAllowance): void {
  requireCensus(ring, expectedNodes(site.deployment), allowance);
}

/** Throws an OperatorError (exit 3) with everything that is in the way. */
export function refuse(verb: string, hosts: readonly HostName[], problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new OperatorError(`${foldNames(hosts)} cannot ${verb} now: nothing was touched`, {
    code: "RING_CHANGE_REFUSED",
    exit: ExitCode.Refused,
    details: problems,
    hint: "docs/grow-and-shrink.md says what each of them means; smc ring  shows the ring",
  });
}

/** What planners need of the command line. */
export function requestOf({ context, site }: RingAsk, instances: PlanRequest["instances"]): PlanRequest {
  const { global } = context;
  return {
    ...renderingSite(context, site),
    command: context.argv,
    instances,
    parallel: undefined,
    keepGoing: false,
    observed: new Map(),
    now: new Date(),
    timeout: global.timeout,
  };
}

function refuseOn({ global }: CommandContext<unknown>): void {
  if (global.on === undefined) return;
  throw new OperatorError("--on says nothing here: name the hosts themselves", { code: "USAGE" });
}
