import { resolve } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { ExitCode } from "../base/exit-code.ts";
import { createTransport } from "../transport/create.ts";
import { loadSite } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { printPlan } from "./print-plan.ts";
import { hostsOf } from "./selected-hosts.ts";
import { askPlan, type ServiceVerb } from "./service-verb.ts";
import { observeInstances } from "./status/observe.ts";

export type PlanWords = readonly [verb: ServiceVerb, service: string, hosts: readonly string[]];

export interface PlanOptions {
  /** Where the plan goes; without it, it is printed. */
  output?: string;
  allowLoss?: boolean;
}

/**
 * `smc plan VERB <service|all> [host…] [-o FILE]`: looks at the instances, plans, and writes the plan for `smc apply`.
 * Changes nothing. With `--dry-run` no host is asked.
 */
export async function plan(
  context: CommandContext<PlanOptions>,
  ...[verb, service, hosts]: PlanWords
): Promise<ExitCode> {
  const site = await loadSite(context, { hosts, secretsMayBeMissing: true });
  const words = { service, hosts };
  const asked = askPlan(context, { verb, words, options: context.options, site });
  const transport = createTransport();
  try {
    const observed = context.global.dryRun
      ? new Map()
      : await observeInstances({ context, transport, hosts: hostsOf(context, site, asked.instances) });
    const made = asked.plan(observed);
    const { output } = context.options;
    if (output === undefined) return printPlan(context, made);
    await writeFileAtomic(resolve(context.io.directory, output), `${JSON.stringify(made, null, 2)}\n`, {
      mode: 0o600,
    });
    context.io.stderr.write(
      `${made.steps.length} steps in ${output}; carry them out with smc apply ${output}\n`,
    );
    return ExitCode.Done;
  } finally {
    await transport.close();
  }
}
