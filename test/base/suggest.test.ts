import { describe, expect, it } from "vitest";
import { closest } from "../../src/base/suggest.ts";

describe("closest", () => {
  it.each([
    ["cassandar", "cassandra"],
    ["hubb", "hub"],
    ["Nginx", "nginx"],
    ["stunel", "stunnel"],
    ["compute", undefined],
    ["x", undefined],
  ])("suggests for %s: %s", (word, expected) => {
    expect(closest(word, ["cassandra", "hub", "nginx", "stunnel"])).toBe(expected);
  });

  it("takes the nearest, and the first among equals", () => {
    expect(closest("web3", ["web31", "wab3", "web33"])).toBe("web31");
    expect(closest("storm-web11", ["web11", "storm-web1", "storm-web21"])).toBe("storm-web1");
  });
});
