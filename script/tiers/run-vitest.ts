import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countsOfRun, type Counts } from "./counts.ts";
import { failuresOfRun } from "./failures.ts";
import { runGroup } from "./run-group.ts";
import type { Tier } from "./tiers.ts";

/** How the tests of a tier went: the counts, and a paragraph about each that failed. */
export interface TierResult {
  counts: Counts;
  failures: readonly string[];
}

/** Runs the tests of one tier, output to the terminal, and tells how they went. Aborting ends the whole process group. */
export async function runVitest(tier: Tier, interrupt: AbortSignal): Promise<TierResult> {
  const folder = mkdtempSync(join(tmpdir(), "smc-tests-"));
  try {
    const reportFile = join(folder, "report.json");
    const exitCode = await runGroup(vitestCommand(tier.name, reportFile), { tier, interrupt });
    const report = readReport(reportFile);
    return { counts: countsOfRun(report, exitCode), failures: failuresOfRun(report) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function vitestCommand(project: string, reportFile: string): [string, ...string[]] {
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
  return [process.execPath, "node_modules/vitest/vitest.mjs", "run", "--project", project, ...reporters];
}

function readReport(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
