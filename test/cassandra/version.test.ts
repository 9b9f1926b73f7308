import { describe, expect, it } from "vitest";
import { isAtLeast, parseCassandraVersion, seriesOf } from "../../src/cassandra/version.ts";

describe("parseCassandraVersion", () => {
  it.each([
    ["5.0.6", { text: "5.0.6", major: 5, minor: 0, patch: 6 }],
    ["4.1", { text: "4.1", major: 4, minor: 1, patch: 0 }],
    ["5.0-beta1", { text: "5.0-beta1", major: 5, minor: 0, patch: 0 }],
    [" 3.11.17 ", { text: "3.11.17", major: 3, minor: 11, patch: 17 }],
  ])("reads %s", (text, version) => {
    expect(parseCassandraVersion(text)).toEqual(version);
  });

  it.each(["", "5", "latest", "v5.0.6", "5.0.6.1x y"])("refuses %j", text => {
    expect(parseCassandraVersion(text)).toBeUndefined();
  });
});

describe("a series", () => {
  const release = { text: "3.11.17", major: 3, minor: 11, patch: 17 };

  it("is the first two numbers", () => {
    expect(seriesOf(release)).toBe("3.11");
  });

  it("is compared by numbers, not by letters", () => {
    expect(isAtLeast(release, "3.2")).toBe(true);
    expect(isAtLeast(release, "3.11")).toBe(true);
    expect(isAtLeast(release, "4.0")).toBe(false);
  });
});
