import type { ExitCode } from "../base/exit-code.ts";
import type { CommandContext } from "./model.ts";
import { requireDryRun } from "./observed-plan.ts";
import { loadSite } from "./load.ts";
import { openTransport } from "./open-transport.ts";
import { requireRing } from "./ring/require-ring.ts";
import { finishUpgrade } from "./upgrade/finish.ts";
import { switchRelease } from "./upgrade/switch.ts";
import { readWish, type UpgradeOptions } from "./upgrade/words.ts";

/**
 * `smc upgrade cassandra [--to VERSION] [--rollback | --finish]`: takes every node of the ring to another release, one after the
 * other, or back; or ends an upgrade for good. With `--dry-run` hosts are only looked at, or not at all with `--observed`.
 */
export async function upgrade(context: CommandContext<UpgradeOptions>, service: string): Promise<ExitCode> {
  requireDryRun(context, context.options);
  const site = await loadSite(context, { secretsMayBeMissing: true });
  requireRing(site);
  const wish = readWish(service, context.options, site);
  const transport = openTransport(context.io);
  try {
    const ask = { context, site, transport };
    return await (wish.kind === "finish" ? finishUpgrade(ask) : switchRelease(ask, wish));
  } finally {
    await transport.close();
  }
}
