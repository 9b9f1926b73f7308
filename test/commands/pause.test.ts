import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutWaves, pauseRule } from "../../src/commands/pause.ts";

const at = (hour: number, minute: number, day = 27): Date => new Date(2026, 10, day, hour, minute);

describe("pauseRule", () => {
  it("stops after so many instances, and says by which word", () => {
    const rule = pauseRule({ stopAfter: 2 });
    expect([0, 1, 2].map(rule)).toEqual([undefined, undefined, "2 done, as was asked for (--stop-after 2)"]);
    expect(pauseRule({ canary: true })(1)).toBe("1 done, as was asked for (--canary)");
  });

  it("ends at the next moment of that time, be it tomorrow", () => {
    let now = at(22, 30);
    const rule = pauseRule({ until: { hour: 6, minute: 0 } }, () => now);
    now = at(23, 59);
    expect(rule(5)).toBeUndefined();
    now = at(5, 59, 28);
    expect(rule(9)).toBeUndefined();
    now = at(6, 0, 28);
    expect(rule(9)).toBe("it is 06:00 (--until)");
  });

  it("lets everything go without a word", () => {
    expect(pauseRule({})(1000)).toBeUndefined();
  });
});

describe("cutWaves", () => {
  const anyWaves = fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), { maxLength: 8 });

  it("keeps the order, makes no wave wider, and has an end at the number that is asked for", () => {
    fc.assert(
      fc.property(anyWaves, fc.integer({ min: 1, max: 30 }), (waves, most) => {
        const cut = cutWaves(waves, most);
        expect(cut.flat()).toEqual(waves.flat());
        expect(cut.every(wave => wave.length > 0)).toBe(true);
        expect(cut.length).toBeLessThanOrEqual(waves.length + 1);
        const ends = [0, ...cut.map((_, index) => cut.slice(0, index + 1).flat().length)];
        expect(ends).toContain(Math.min(most, waves.flat().length));
      }),
    );
  });

  it("leaves waves alone that already end there", () => {
    expect(cutWaves([["a", "b"], ["c"]], 2)).toEqual([["a", "b"], ["c"]]);
    expect(cutWaves([["a", "b"], ["c"]], undefined)).toEqual([["a", "b"], ["c"]]);
    expect(cutWaves([["a", "b"], ["c"]], 1)).toEqual([["a"], ["b"], ["c"]]);
  });
});
