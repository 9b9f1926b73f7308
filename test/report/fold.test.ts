import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldEqual } from "../../src/report/fold.ts";

interface Answer {
  host: string;
  output: string;
  code: number;
}

const sameness = ({ output, code }: Answer) => [output, code];

describe("foldEqual", () => {
  it("groups hosts by equal answers under folded names", () => {
    const answers = ["cloud1", "cloud2", "cloud12", "web1"].map(host => ({
      host,
      output: host === "web1" ? "b" : "a",
      code: 0,
    }));
    expect(foldEqual(answers, sameness).map(({ names, answer }) => [names, answer.output])).toEqual([
      ["cloud[1-2,12]", "a"],
      ["web1", "b"],
    ]);
  });

  it("keeps equal output with another exit code apart", () => {
    const answers = [
      { host: "web1", output: "a", code: 0 },
      { host: "web2", output: "a", code: 1 },
    ];
    expect(foldEqual(answers, sameness)).toHaveLength(2);
  });

  it("has every host in exactly one group, with its own answer", () => {
    const answer = fc.record({ output: fc.constantFrom("a", "b", '","'), code: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 40 }), given => {
        const answers = given.map((one, index) => ({ ...one, host: `web${index}` }));
        const folds = foldEqual(answers, sameness);
        expect(folds.flatMap(({ hosts }) => hosts).sort()).toEqual(answers.map(({ host }) => host).sort());
        for (const { hosts, answer: shared } of folds) {
          const own = answers.filter(({ host }) => hosts.includes(host)).map(sameness);
          expect(own.every(one => JSON.stringify(one) === JSON.stringify(sameness(shared)))).toBe(true);
        }
        expect(new Set(folds.map(({ answer }) => JSON.stringify(sameness(answer)))).size).toBe(folds.length);
      }),
    );
  });
});
