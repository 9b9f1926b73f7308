import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitUntil } from "../../test/lab/harness/wait-until.ts";
import { countsOfRun, type Counts } from "./counts.ts";
import type { Tier } from "./tiers.ts";

const GROUP_DEADLINE = 10_000;

/** Runs the tests of one tier, output to the terminal, and gives their counts. Aborting ends the whole process group. */
export async function runVitest(tier: Tier, interrupt: AbortSignal): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), "smc-tests-"));
  try {
    const reportFile = join(folder, "report.json");
    const exitCode = await runToEnd(startVitest(tier.name, reportFile), {
      tier,
      signal: AbortSignal.any([interrupt, AbortSignal.timeout(tier.deadline)]),
    });
    return countsOfRun(readReport(reportFile), exitCode);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function startVitest(project: string, reportFile: string): ChildProcess {
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
  return spawn(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", "--project", project, ...reporters],
    { stdio: ["ignore", "inherit", "inherit"], detached: true },
  );
}

async function runToEnd(
  child: ChildProcess,
  { tier, signal }: { tier: Tier; signal: AbortSignal },
): Promise<number | null> {
  const end = (): void => {
    console.log(`${tier.name}: ended at its deadline or by an interrupt`);
    signalGroup(child, "SIGKILL");
  };
  signal.addEventListener("abort", end, { once: true });
  await once(child, "exit");
  signal.removeEventListener("abort", end);
  const isGone = async (): Promise<boolean> => !signalGroup(child, "SIGKILL");
  await waitUntil(isGone, { what: "the end of the test processes", timeout: GROUP_DEADLINE });
  return child.exitCode;
}

/** Signals all processes of the tests, and tells whether there is one. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): boolean {
  try {
    return child.pid !== undefined && process.kill(-child.pid, signal);
  } catch {
    return false;
  }
}

function readReport(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
