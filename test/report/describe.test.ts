import { describe, expect, it } from "vitest";
import { wholeSeconds } from "../../src/report/describe.ts";

describe("wholeSeconds", () => {
  it.each([
    [0, "0s"],
    [999, "0s"],
    [1999, "1s"],
    [47_900, "47s"],
    [125_000, "2m 5s"],
  ])("%i ms is %s", (duration, text) => {
    expect(wholeSeconds(duration)).toBe(text);
  });
});
