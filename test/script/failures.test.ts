import { describe, expect, it } from "vitest";
import { failuresOfRun } from "../../script/tiers/failures.ts";

const REPORT = JSON.stringify({
  testResults: [
    {
      name: "test/a.test.ts",
      status: "failed",
      message: "",
      assertionResults: [
        { status: "passed", fullName: "a holds", failureMessages: [] },
        {
          status: "failed",
          fullName: "a breaks",
          failureMessages: ["\u001b[31mexpected 1\u001b[39m\nto be 2"],
        },
      ],
    },
    { name: "test/b.test.ts", status: "failed", message: "cannot be imported", assertionResults: [] },
    { name: "test/c.test.ts", status: "passed", message: "", assertionResults: [] },
  ],
});

describe("failuresOfRun", () => {
  it("tells of each test that failed, and of a file that broke outside of its tests", () => {
    expect(failuresOfRun(REPORT)).toEqual([
      "test/a.test.ts: a breaks\n    expected 1\n    to be 2",
      "test/b.test.ts\n    cannot be imported",
    ]);
  });

  it("cuts a long message", () => {
    const message = Array.from({ length: 100 }, (_, index) => `line ${index}`).join("\n");
    const report = { testResults: [{ name: "d", status: "failed", message, assertionResults: [] }] };
    expect(failuresOfRun(JSON.stringify(report))[0]?.split("\n")).toHaveLength(26);
  });

  it.each(["", "{", '{"testResults": 3}'])("tells nothing from what is no report: %s", text => {
    expect(failuresOfRun(text)).toEqual([]);
  });
});
