import { parseArgs } from "node:util";
import { formatDuration } from "../src/base/units.ts";
import { formatCounts, sumOf } from "./tiers/counts.ts";
import { provide } from "./tiers/requirements.ts";
import { runGroup } from "./tiers/run-group.ts";
import { runVitest, type TierResult } from "./tiers/run-vitest.ts";
import { TIERS, type Tier } from "./tiers/tiers.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { "require-all": { type: "boolean", default: process.env["SMC_REQUIRE_TIERS"] === "all" } },
});
process.exitCode = await main(positionals, { requireAll: values["require-all"] });

async function main(names: readonly string[], options: { requireAll: boolean }): Promise<number> {
  const unknown = names.filter(name => TIERS.every(tier => tier.name !== name));
  if (unknown.length > 0) {
    console.error(
      `no such tier: ${unknown.join(", ")}; there are ${TIERS.map(tier => tier.name).join(", ")}`,
    );
    return 2;
  }
  const interrupt = interruptSignal();
  const lines: string[] = [];
  const all: TierResult[] = [];
  const asked = TIERS.filter(({ name }) => names.length === 0 || names.includes(name));
  for (const together of Map.groupBy(asked, ({ name, beside }) => beside ?? name).values()) {
    const results = await Promise.all(
      together.map(async tier => {
        const result = await runTier(tier, { ...options, interrupt });
        console.log(result.line);
        return result;
      }),
    );
    lines.push(...results.map(({ line }) => line));
    all.push(...results);
    if (interrupt.aborted) return 130;
  }
  const sum = sumOf(all.map(({ counts }) => counts));
  const failures = all.flatMap(result => result.failures);
  console.log(["", ...failures, ...lines, formatCounts(sum)].join("\n"));
  return sum.failed === 0 ? 0 : 1;
}

/** A tier that cannot run counts as one skipped test, or as one failed where every tier is required. */
async function runTier(
  tier: Tier,
  options: { requireAll: boolean; interrupt: AbortSignal },
): Promise<TierResult & { line: string }> {
  const obstacle = obstacleOf(tier);
  if (obstacle !== undefined) {
    const counts = options.requireAll
      ? { passed: 0, failed: 1, skipped: 0 }
      : { passed: 0, failed: 0, skipped: 1 };
    return { counts, failures: [], line: `${tier.name}: could not run: ${obstacle}` };
  }
  const startedAt = performance.now();
  const result = await runTests(tier, options.interrupt);
  await tier.cleanUp?.();
  return {
    ...result,
    line: `${tier.name}: ${formatCounts(result.counts)} in ${formatDuration(performance.now() - startedAt)}`,
  };
}

/** A tier that is a command counts as one test. */
async function runTests(tier: Tier, interrupt: AbortSignal): Promise<TierResult> {
  if (tier.command === undefined) return runVitest(tier, interrupt);
  const failed = (await runGroup(tier.command, { tier, interrupt })) === 0 ? 0 : 1;
  return { counts: { passed: 1 - failed, failed, skipped: 0 }, failures: [] };
}

function obstacleOf(tier: Tier): string | undefined {
  if (tier.needsRoot === true && process.getuid?.() !== 0) return "it needs root";
  return provide(tier.requirements);
}

function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => controller.abort());
  return controller.signal;
}
