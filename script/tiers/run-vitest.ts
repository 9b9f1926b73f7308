import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countsOfRun, type Counts } from "./counts.ts";
import { runGroup } from "./run-group.ts";
import type { Tier } from "./tiers.ts";

/** Runs the tests of one tier, output to the terminal, and gives their counts. Aborting ends the whole process group. */
export async function runVitest(tier: Tier, interrupt: AbortSignal): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), "smc-tests-"));
  try {
    const reportFile = join(folder, "report.json");
    const exitCode = await runGroup(vitestCommand(tier.name, reportFile), { tier, interrupt });
    return countsOfRun(readReport(reportFile), exitCode);
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
