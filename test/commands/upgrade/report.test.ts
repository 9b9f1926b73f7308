import { describe, expect, it } from "vitest";
import { ExitCode } from "../../../src/base/exit-code.ts";
import { parseCassandraVersion, type CassandraVersion } from "../../../src/cassandra/version.ts";
import { afterwards } from "../../../src/commands/upgrade/report.ts";
import { deploymentOf } from "../../helpers/site.ts";

const site = deploymentOf({ cassandra: ["db1"] });
const version = (text: string): CassandraVersion => {
  const parsed = parseCassandraVersion(text);
  if (parsed === undefined) throw new Error(`${text} is no version`);
  return parsed;
};

/** What is said after nodes went from one release to another, with the services file at `file`. */
function said(
  from: string,
  to: string,
  { failed = false, paused = false, file = to, back = false } = {},
): string {
  const instances = site.instances.map(instance => ({ ...instance, settings: { version: file } }));
  const decided = {
    wish: { kind: "switch", to: version(to), direction: back ? "back" : "up" },
    words: {
      from: new Map([["db1", version(from)]]),
      to: version(to),
      beforeFive: false,
      down: new Set<string>(),
    },
  } as const;
  return afterwards({ ...site, instances }, decided, {
    code: failed ? ExitCode.Failed : ExitCode.Done,
    paused,
  });
}

describe("what is said after an upgrade", () => {
  it("is how to go on where nodes are left, and only there", () => {
    expect(said("4.1.10", "5.0.6", { paused: true })).toContain("next: smc resume");
    expect(said("4.1.10", "5.0.6")).not.toContain("smc resume");
  });

  it("leaves that to the report of the run where it failed", () => {
    const words = said("4.1.10", "5.0.6", { failed: true });
    expect(words).not.toContain("next:");
    expect(words).toContain("until all run one release");
  });

  it("is how to end it from line to line; within one there is nothing to end", () => {
    expect(said("4.1.10", "5.0.6")).toContain("next: smc upgrade cassandra --finish");
    const minor = said("5.0.4", "5.0.6");
    expect(minor).not.toContain("--finish");
    expect(minor).toContain("smc snapshot delete");
    expect(said("5.0.6", "4.1.10", { back: true })).toBe("");
  });

  it("is what the services file lacks", () => {
    expect(said("4.1.10", "5.0.6", { file: "4.1.10" })).toContain("next: set version: 5.0.6");
    expect(said("4.1.10", "5.0.6")).not.toContain("set version");
  });
});
