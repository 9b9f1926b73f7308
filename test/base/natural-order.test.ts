import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { naturalOrder } from "../../src/base/natural-order.ts";

describe("naturalOrder", () => {
  it("orders numbers by their value", () => {
    expect(["web10", "web2", "web1a", "web1"].sort(naturalOrder)).toEqual(["web1", "web1a", "web2", "web10"]);
  });

  it("gives any two different names one order, and the same from both sides", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(Math.sign(naturalOrder(a, b)) + Math.sign(naturalOrder(b, a))).toBe(0);
        expect(naturalOrder(a, b) === 0).toBe(a === b);
      }),
    );
    expect(naturalOrder("web01", "web1")).not.toBe(0);
  });
});
