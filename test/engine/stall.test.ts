import { describe, expect, it } from "vitest";
import { StallWatch } from "../../src/engine/stall.ts";

/** What the watch says of answers at these times. */
function verdicts(answers: readonly (readonly [now: number, progress: string | undefined])[]) {
  const watch = new StallWatch({ silent: 10, still: 100, hint: "look" }, 0);
  return answers.map(([now, progress]) =>
    watch.over({ holds: "no", evidence: "", ...(progress === undefined ? {} : { progress }) }, now),
  );
}

describe("StallWatch", () => {
  it("lets it go on as long as something moves", () => {
    expect(
      verdicts([
        [90, "1 byte"],
        [180, "2 bytes"],
        [270, "3 bytes"],
      ]),
    ).toEqual([undefined, undefined, undefined]);
  });

  it("ends what stands still, also where it begins the same over and over", () => {
    expect(
      verdicts([
        [1, "STARTING"],
        [50, "JOINING"],
        [90, "STARTING"],
        [149, "JOINING"],
        [150, "STARTING"],
      ]),
    ).toEqual([undefined, undefined, undefined, undefined, 100]);
  });

  it("ends sooner what says nothing at all, but not by one hiccup", () => {
    expect(
      verdicts([
        [50, "JOINING"],
        [59, ""],
        [60, ""],
      ]),
    ).toEqual([undefined, undefined, 10]);
    expect(
      verdicts([
        [50, "JOINING"],
        [95, "JOINING"],
        [99, ""],
      ]),
    ).toEqual([undefined, undefined, undefined]);
  });

  it("holds nothing against a host that cannot be asked", () => {
    expect(
      verdicts([
        [1, "JOINING"],
        [500, undefined],
        [599, "JOINING"],
        [600, "JOINING"],
      ]),
    ).toEqual([undefined, undefined, undefined, 100]);
  });
});
