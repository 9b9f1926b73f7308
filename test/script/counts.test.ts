import { describe, expect, it } from "vitest";
import { countsOfRun, formatCounts, sumOf } from "../../script/tiers/counts.ts";

interface FileResult {
  status: string;
  assertionResults: { status: string }[];
}

function report(
  counts: { passed?: number; failed?: number; pending?: number; todo?: number },
  files: FileResult[],
) {
  return JSON.stringify({
    numPassedTests: counts.passed ?? 0,
    numFailedTests: counts.failed ?? 0,
    numPendingTests: counts.pending ?? 0,
    numTodoTests: counts.todo ?? 0,
    testResults: files,
  });
}

const PASSED_FILE: FileResult = { status: "passed", assertionResults: [{ status: "passed" }] };
const FAILED_FILE: FileResult = { status: "failed", assertionResults: [{ status: "failed" }] };
const BROKEN_FILE: FileResult = { status: "failed", assertionResults: [] };

describe("countsOfRun", () => {
  it("takes the counts of a good run as they are", () => {
    const counts = countsOfRun(report({ passed: 7, pending: 2, todo: 1 }, [PASSED_FILE]), 0);
    expect(counts).toEqual({ passed: 7, failed: 0, skipped: 3 });
  });

  it("counts a file that broke outside of its tests as one failure", () => {
    const text = report({ passed: 1, failed: 1 }, [PASSED_FILE, FAILED_FILE, BROKEN_FILE]);
    expect(countsOfRun(text, 1)).toEqual({ passed: 1, failed: 2, skipped: 0 });
  });

  it.each([
    { what: "a bad exit code", text: report({ passed: 3 }, [PASSED_FILE]), exitCode: 1 },
    { what: "a run ended by a signal", text: report({ passed: 3 }, [PASSED_FILE]), exitCode: null },
    { what: "no test at all", text: report({}, []), exitCode: 0 },
    { what: "no report", text: "", exitCode: 0 },
    { what: "half a report", text: '{"numPassedTests": 3', exitCode: 0 },
    { what: "a report of another form", text: '{"passed": 3}', exitCode: 0 },
  ])("never calls $what a success", ({ text, exitCode }) => {
    expect(countsOfRun(text, exitCode).failed).toBe(1);
  });
});

describe("sumOf", () => {
  it("adds the tiers up", () => {
    const sum = sumOf([
      { passed: 10, failed: 0, skipped: 1 },
      { passed: 5, failed: 2, skipped: 0 },
    ]);
    expect(formatCounts(sum)).toBe("15 passed, 2 failed, 1 skipped");
  });

  it("is zero for nothing", () => {
    expect(formatCounts(sumOf([]))).toBe("0 passed, 0 failed, 0 skipped");
  });
});
