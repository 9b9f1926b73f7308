import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PackagesAsk } from "../../src/commands/release/packages/model.ts";
import { asRestart } from "../../src/commands/release/packages/ring.ts";
import type { PackagesOptions } from "../../src/commands/release/packages/words.ts";
import type { ObservedRing } from "../../src/cassandra/ring/model.ts";
import { decideRestart } from "../../src/services/planners/ring-rule.ts";
import { anyRing } from "../cassandra/ring/arbitrary-ring.ts";
import { recordContext } from "../helpers/context.ts";
import { deploymentOf } from "../helpers/site.ts";

function wavesOf(
  ring: ObservedRing,
  { size, options = {}, before = 0 }: { size: number; options?: PackagesOptions; before?: number },
) {
  const hosts = ring.nodes.map(({ host }) => host);
  const deployment = deploymentOf({ cassandra: hosts });
  const { context } = recordContext();
  const site = { deployment } as PackagesAsk["site"];
  const ask = { context: { ...context, options }, site } as PackagesAsk;
  const going = hosts.map(host => ({ host, changes: [] }));
  return asRestart(ask, going, { size, before }).asked.decide(ring).waves;
}

describe("the hosts of a ring", () => {
  it("go together as the nodes of a restart would, at most so many as a batch has", () => {
    fc.assert(
      fc.property(anyRing, fc.integer({ min: 1, max: 5 }), (ring, size) => {
        const hosts = ring.nodes.map(({ host }) => host);
        const rule = { ring, level: "QUORUM", levels: {}, maxDown: undefined } as const;
        const waves = wavesOf(ring, { size });
        expect(waves).toEqual(decideRestart(rule, hosts, size).waves);
        expect(Math.max(0, ...waves.map(wave => wave.length))).toBeLessThanOrEqual(size);
      }),
      { numRuns: 50 },
    );
  });

  it("are cut where a pause comes, the hosts before them counted", () => {
    fc.assert(
      fc.property(anyRing, fc.integer({ min: 1, max: 4 }), fc.nat(3), (ring, most, before) => {
        const ends = wavesOf(ring, { size: 3, options: { stopAfter: before + most }, before }).map(
          wave => wave.length,
        );
        const sums = ends.map((_, index) => ends.slice(0, index + 1).reduce((sum, count) => sum + count, 0));
        fc.pre((sums.at(-1) ?? 0) >= most);
        expect(sums).toContain(most);
      }),
      { numRuns: 50 },
    );
  });
});
