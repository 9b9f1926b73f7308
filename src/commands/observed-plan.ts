import { OperatorError } from "../base/operator-error.ts";
import type { ExitCode } from "../base/exit-code.ts";
import { placeProblems, requireCensus } from "../cassandra/ring/census.ts";
import { expectedNodes } from "../services/cassandra/ring.ts";
import type { CommandContext } from "./model.ts";
import { printPlan, printRefusal } from "./print-plan.ts";
import { readRing } from "./ring/options.ts";
import { nodesAnew } from "./ring/places.ts";
import type { AskedPlan, ServiceAsk } from "./service-verb.ts";

/**
 * Plans without asking any host, and prints it: with the ring of `--observed`, where one is given. Throws an OperatorError
 * (exit 3) when that ring and the services file differ, and when the rule of the ring refuses a node.
 */
export async function dryRun(
  context: CommandContext<unknown>,
  ask: ServiceAsk,
  asked: AskedPlan,
): Promise<ExitCode> {
  const { observed, allowLoss } = ask.options;
  if (observed === undefined) {
    const plan = asked.plan({ instances: new Map() });
    if (leavesRingOpen(ask, asked) && !context.global.quiet) context.io.stderr.write(NOT_ASKED);
    return printPlan(context, plan);
  }
  const { deployment } = ask.site;
  const file = await readRing(context.io, observed, deployment);
  requireCensus(file, expectedNodes(deployment));
  for (const problem of placeProblems(file, nodesAnew(ask, asked))) {
    context.io.stderr.write(
      `warning: ${problem}; a node does not start in another place, so the verb itself refuses that\n`,
    );
  }
  if (file.keyspaces.length === 0) context.io.stderr.write(NO_KEYSPACES);
  const ring = asked.decide(file);
  if (ring.refused.length > 0 && allowLoss !== true) {
    return printRefusal(context, ring, { verb: ask.verb, service: ask.words.service });
  }
  return printPlan(context, asked.plan({ instances: new Map(), ring }), ring);
}

/** A part of the ring goes, and whether it may is not known yet. */
function leavesRingOpen({ verb, site }: ServiceAsk, { ringHosts }: AskedPlan): boolean {
  if (ringHosts.length === 0) return false;
  return verb !== "stop" || ringHosts.length < expectedNodes(site.deployment).length;
}

/** Throws an OperatorError (exit 2) when a file stands for the ring and yet something is to be done. */
export function requireDryRun(
  { global }: CommandContext<unknown>,
  options: { observed?: string; output?: string },
): void {
  if (options.observed === undefined) return;
  if (!global.dryRun) {
    throw new OperatorError("--observed plans from a file, so nothing can be done: it goes with --dry-run", {
      code: "USAGE",
      hint: "add --dry-run, or leave --observed out and the ring itself is asked",
    });
  }
  if (options.output === undefined) return;
  throw new OperatorError("a plan from an observed file is for reading: it cannot be written for smc apply", {
    code: "USAGE",
    hint: "leave out --output, or leave out --observed and the ring itself is asked",
  });
}

const NO_KEYSPACES =
  "warning: the file has no keyspaces, so nothing keeps any node from going: docs/ring-json.md says what belongs into it\n";

const NOT_ASKED =
  "note: the ring was not asked; whether every quorum is kept is decided when it runs (or now, with --observed FILE)\n";
