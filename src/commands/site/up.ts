import { ExitCode } from "../../base/exit-code.ts";
import { sequencePlans } from "../../plan/sequence.ts";
import { executePlan } from "../execute.ts";
import { loadSite } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";
import { printPlan } from "../print-plan.ts";
import { lookAtVpn } from "../vpn/network.ts";
import { keysOfSite, partsOfSite, provideVmKeys } from "./parts.ts";

/**
 * `smc up`: the whole deployment in one plan, from machines as they come to services that answer. What is so already is `unchanged`.
 * With `--dry-run` no host is asked.
 */
export async function up(context: CommandContext<unknown>): Promise<ExitCode> {
  const site = await loadSite(context, { secretsMayBeMissing: true });
  if (context.global.dryRun) {
    return printPlan(context, sequencePlans(await partsOfSite({ context, site }), context.argv));
  }
  await provideVmKeys({ context, site });
  const transport = openTransport(context.io);
  try {
    const ask = { context, site, transport };
    const plan = sequencePlans(await partsOfSite(ask), context.argv);
    const code = await executePlan({ context, site, transport, plan });
    const keys = keysOfSite(ask);
    if (keys !== undefined && code !== ExitCode.Interrupted) {
      await keys.store.replace((await lookAtVpn({ ...ask, ...keys })).request.keys);
    }
    return code;
  } finally {
    await transport.close();
  }
}
