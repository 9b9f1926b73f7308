import * as v from "valibot";

/** How many tests passed, failed and were skipped. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const ReportSchema = v.object({
  numPassedTests: v.number(),
  numFailedTests: v.number(),
  numPendingTests: v.number(),
  numTodoTests: v.number(),
  testResults: v.array(
    v.object({ status: v.string(), assertionResults: v.array(v.object({ status: v.string() })) }),
  ),
});

/**
 * The counts of one vitest run, from its JSON report and its exit code. A file that broke outside of its tests
 * (an import, a hook) counts as one failure, and so does a run that ended badly or tested nothing at all.
 */
export function countsOfRun(report: string, exitCode: number | null): Counts {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), ReportSchema), report);
  if (!parsed.success) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = parsed.output;
  const brokenFiles = testResults.filter(
    file => file.status === "failed" && file.assertionResults.every(test => test.status !== "failed"),
  ).length;
  const failed = numFailedTests + brokenFiles;
  const endedBadly = exitCode !== 0 || numPassedTests === 0;
  return {
    passed: numPassedTests,
    failed: failed === 0 && endedBadly ? 1 : failed,
    skipped: numPendingTests + numTodoTests,
  };
}

/** Adds counts up, tier by tier. */
export function sumOf(all: readonly Counts[]): Counts {
  return all.reduce(
    (sum, one) => ({
      passed: sum.passed + one.passed,
      failed: sum.failed + one.failed,
      skipped: sum.skipped + one.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

/** `3 passed, 0 failed, 1 skipped`: the form that the last line of `.ci/run` has. */
export function formatCounts(counts: Counts): string {
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
}
