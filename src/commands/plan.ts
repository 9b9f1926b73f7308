import type { ExitCode } from "../base/exit-code.ts";
import { loadSite } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { openTransport } from "./open-transport.ts";
import { dryRun, requireDryRun } from "./observed-plan.ts";
import { printPlan } from "./print-plan.ts";
import { hostsOf } from "./selected-hosts.ts";
import { decideLive } from "./ring/decide.ts";
import { requireSamePlaces } from "./ring/places.ts";
import { askPlan, type ServiceVerb, type ServiceVerbOptions } from "./service-verb.ts";
import { observeInstances } from "./status/observe.ts";
import { plannedWords, requireOutput, writePlan } from "./write-plan.ts";

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
  await requireOutput(context, context.options);
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
    requireSamePlaces(ask, asked, decided.ring);
    const made = asked.plan({ instances, ...decided });
    return output === undefined
      ? printPlan(context, made, decided.ring)
      : await writePlan(context, made, output);
  } finally {
    await transport.close();
  }
}
