import { expect, it } from "vitest";
import { counted } from "../../src/base/counted.ts";

it("counts in words", () => {
  expect([0, 1, 2].map(number => counted(number, "node"))).toEqual(["no nodes", "1 node", "2 nodes"]);
});
