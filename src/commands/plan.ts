import { resolve } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Plan } from "../plan/model.ts";
import { loadSite } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { openTransport } from "./open-transport.ts";
import { dryRun, requireDryRun } from "./observed-plan.ts";
import { printPlan } from "./print-plan.ts";
import { hostsOf } from "./selected-hosts.ts";
import { decideLive } from "./ring/decide.ts";
import { askPlan, type ServiceVerb, type ServiceVerbOptions } from "./service-verb.ts";
import { observeInstances } from "./status/observe.ts";

type PlanWords = readonly [verb: ServiceVerb, service: string, hosts: readonly string[]];

/** Options of `smc plan`. */
export interface PlanOptions extends ServiceVerbOptions {
  /** The file to write. */
  output?: string;
}

/** `smc plan VERB SERVICE [host…]`: plans a verb with what the hosts say now, and prints the plan or keeps it in a file. With `--dry-run` no host is asked. */
export async function plan(
  context: CommandContext<PlanOptions>,
  ...[verb, service, hostWords]: PlanWords
): Promise<ExitCode> {
  requireDryRun(context, context.options);
  const site = await loadSite(context, { hosts: hostWords, secretsMayBeMissing: true });
  const words = { ...context, argv: plannedWords(context.argv) };
  const ask = { verb, words: { service, hosts: hostWords }, options: context.options, site };
  const asked = askPlan(words, ask);
  const { output } = context.options;
  if (context.global.dryRun) {
    if (output === undefined) return dryRun(context, ask, asked);
    return writePlan(context, asked.plan({ instances: new Map() }), output);
  }
  const transport = openTransport(context.io);
  try {
    const hosts = hostsOf(context, site, asked.instances);
    const instances = await observeInstances({ context, transport, hosts });
    const decided = await decideLive({ context, transport, ask, asked, observed: instances });
    const made = asked.plan({ instances, ...decided });
    return output === undefined
      ? printPlan(context, made, decided.ring)
      : await writePlan(context, made, output);
  } finally {
    await transport.close();
  }
}

/** The command that the plan stands for: what was typed, without what only says that it is to be planned. */
function plannedWords(argv: readonly string[]): string[] {
  const words = argv.filter(word => !/^(-o.+|--output=.*)$/.test(word));
  const file = words.findIndex(word => word === "-o" || word === "--output");
  if (file !== -1) words.splice(file, 2);
  const verb = words.indexOf("plan");
  if (verb !== -1) words.splice(verb, 1);
  return words;
}

async function writePlan(
  { io, global }: CommandContext<PlanOptions>,
  plan: Plan,
  output: string,
): Promise<ExitCode> {
  const path = resolve(io.directory, output);
  try {
    await writeFileAtomic(path, `${JSON.stringify(plan, null, 2)}\n`, { mode: 0o600 });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(`the plan cannot be written: ${why}`, {
      code: "PLAN_UNWRITABLE",
      exit: ExitCode.Failed,
      cause,
    });
  }
  if (global.json) {
    io.stdout.write(`${JSON.stringify({ version: 1, file: path, steps: plan.steps.length })}\n`);
  } else io.stderr.write(`wrote ${output}: ${plan.steps.length} steps\nnext: smc apply ${output}\n`);
  return ExitCode.Done;
}
