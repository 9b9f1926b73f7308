import { ExitCode } from "../base/exit-code.ts";
import type { CommandContext } from "./model.ts";
import { requireDryRun } from "./observed-plan.ts";
import { loadSite } from "./load.ts";
import { openTransport } from "./open-transport.ts";
import { requireRing } from "./ring/require-ring.ts";
import { finishUpgrade } from "./upgrade/finish.ts";
import type { UpgradeAsk } from "./upgrade/model.ts";
import { prepareSwitch, printSwitch, switchRelease } from "./upgrade/switch.ts";
import { readWish, type UpgradeOptions, type UpgradeWish } from "./upgrade/words.ts";
import { plannedWords, requireOutput, writePlan } from "./write-plan.ts";

/** Options of `smc plan upgrade`. */
export interface PlanUpgradeOptions extends UpgradeOptions {
  /** The file to write. */
  output?: string;
}

/**
 * `smc upgrade cassandra [--to VERSION] [--rollback | --finish]`: takes every node of the ring to another release, one after the
 * other, or back; or ends an upgrade for good. With `--dry-run` hosts are only looked at, or not at all with `--observed`.
 */
export function upgrade(context: CommandContext<UpgradeOptions>, service: string): Promise<ExitCode> {
  return withWish(context, service, (ask, wish) =>
    wish.kind === "finish" ? finishUpgrade(ask) : switchRelease(ask, wish),
  );
}

/** `smc plan upgrade cassandra [--to VERSION]`: looks at the ring and its hosts, and prints the steps or keeps their plan in a file. */
export function planUpgrades(
  context: CommandContext<PlanUpgradeOptions>,
  service: string,
): Promise<ExitCode> {
  const { output } = context.options;
  return withWish({ ...context, argv: plannedWords(context.argv) }, service, async (ask, wish) => {
    if (wish.kind === "finish") throw new Error("smc plan upgrade has no --finish");
    const decided = await prepareSwitch(ask, wish);
    if (decided === undefined) return ExitCode.Done;
    return output === undefined ? printSwitch(context, decided) : writePlan(context, decided.plan, output);
  });
}

async function withWish(
  context: CommandContext<PlanUpgradeOptions>,
  service: string,
  work: (ask: UpgradeAsk, wish: UpgradeWish) => Promise<ExitCode> | ExitCode,
): Promise<ExitCode> {
  requireDryRun(context, context.options);
  await requireOutput(context, context.options);
  const site = await loadSite(context, { secretsMayBeMissing: true });
  requireRing(site);
  const wish = readWish(service, context.options, site);
  const transport = openTransport(context.io);
  try {
    return await work({ context, site, transport }, wish);
  } finally {
    await transport.close();
  }
}
