import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCassandraVersion, type CassandraVersion } from "../../../src/cassandra/version.ts";
import { compareVersions, pathProblem } from "../../../src/cassandra/upgrade/path.ts";

const version = (text: string): CassandraVersion => {
  const parsed = parseCassandraVersion(text);
  if (parsed === undefined) throw new Error(`${text} is no version`);
  return parsed;
};
const problem = (from: string, to: string): string | undefined => pathProblem(version(from), version(to));

describe("pathProblem", () => {
  it.each([
    ["5.0.4", "5.0.6"],
    ["4.1.3", "4.1.10"],
    ["4.1.10", "5.0.6"],
    ["4.0.17", "5.0.6"],
    ["4.0.17", "4.1.10"],
    ["3.11.17", "4.1.10"],
    ["3.0.30", "4.0.17"],
    ["3.0.30", "3.11.17"],
    ["2.1.9", "3.11.17"],
    ["2.2.2", "3.0.30"],
    ["2.0.7", "2.1.22"],
    ["1.2.9", "2.0.17"],
    ["5.0.6", "5.0.6"],
  ])("lets %s go to %s", (from, to) => {
    expect(problem(from, to)).toBeUndefined();
  });

  it.each([
    ["5.0.6", "5.0.4", "no upgrade"],
    ["5.0.6", "4.1.10", "no upgrade"],
    ["3.11.17", "5.0.6", "go 3.11 → 4.1 → 5.0"],
    ["3.0.30", "5.0.6", "go 3.0 → 4.1 → 5.0"],
    ["2.1.22", "5.0.6", "go 2.1 → 3.11 → 4.1 → 5.0"],
    ["2.0.7", "2.2.19", "go 2.0 → 2.1 → 2.2"],
    ["1.2.19", "5.0.6", "go 1.2 → 2.0 → 2.1 → 3.11 → 4.1 → 5.0"],
    ["2.0.6", "2.1.22", "begins with 2.0.7 or later (NEWS.txt, 2.1)"],
    ["1.2.8", "2.0.17", "begins with 1.2.9 or later"],
    ["2.1.8", "3.0.30", "begins with 2.1.9 or later"],
    ["2.2.1", "3.11.17", "begins with 2.2.2 or later"],
    ["5.0.6", "6.0.0", "no way from 5.0 to 6.0"],
  ])("keeps %s from %s: %s", (from, to, told) => {
    expect(problem(from, to)).toContain(told);
  });

  it("lets a release of a line go to any later one of it and to no earlier one", () => {
    const patch = fc.nat({ max: 40 });
    const line = fc.constantFrom("2.1", "3.11", "4.0", "4.1", "5.0");
    fc.assert(
      fc.property(line, patch, patch, (series, one, other) => {
        const [from, to] = [version(`${series}.${one}`), version(`${series}.${other}`)];
        expect(pathProblem(from, to) === undefined).toBe(compareVersions(from, to) <= 0);
      }),
    );
  });
});
