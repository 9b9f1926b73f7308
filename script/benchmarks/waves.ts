import type { ConsistencyLevel, HostId, ObservedRing } from "../../src/cassandra/ring/model.ts";
import { demandsOf } from "../../src/cassandra/ring/quorum.ts";
import { planWaves } from "../../src/cassandra/ring/waves.ts";
import { unevenRing } from "../../test/cassandra/ring/arbitrary-ring.ts";
import { brokenBy, greedyWaves, touches } from "../../test/cassandra/ring/second-telling.ts";

/**
 * Waves over random rings of 1 to 200 nodes in 1 to 4 data centres, with uneven racks, factors of 1 to 5, several keyspaces
 * and nodes that are down: no wave may take a range below its level, none may need more waves than a greedy rule by rack
 * name, and the share of rings with fewer is printed. Beside it the rule that Spotify's cstar has, which looks at neighbours of
 * the same data centre only: in how many rings it would break a level. script/bench waves [RINGS]
 */
const RINGS = Number(process.argv[2] ?? 10_000);
const LEVELS: readonly ConsistencyLevel[] = ["QUORUM", "LOCAL_QUORUM", "EACH_QUORUM", "ONE", "TWO"];

const counts = { broken: 0, more: 0, fewer: 0, equal: 0, cstarBreaks: 0, refusedNodes: 0, nodes: 0 };
const startedAt = performance.now();
let slowest = 0;
for (let seed = 1; seed <= RINGS; seed += 1)
  measure(unevenRing(seed * 7919), LEVELS[seed % LEVELS.length] ?? "QUORUM");
report();

function measure(ring: ObservedRing, level: ConsistencyLevel): void {
  const down = new Set<HostId>(ring.nodes.filter(({ state }) => state === "down").map(({ id }) => id));
  const nodes = ring.nodes.filter(({ id }) => !down.has(id));
  const began = performance.now();
  const demands = demandsOf(ring, level);
  const { waves, refused } = planWaves({ nodes, demands, down, maxDown: Number.POSITIVE_INFINITY });
  slowest = Math.max(slowest, performance.now() - began);
  const isRefused = new Set(refused.map(({ node }) => node.id));
  const takeable = nodes.filter(({ id }) => !isRefused.has(id));
  const broken = brokenBy(ring, level);
  const breaks = (wave: readonly (typeof nodes)[number][]): boolean =>
    broken(new Set([...down, ...wave.map(({ id }) => id)])).some(replicas => touches(replicas, wave));
  if (waves.some(breaks) || waves.flat().length !== takeable.length) counts.broken += 1;
  const greedy = greedyWaves(ring, takeable).length;
  if (waves.length > greedy) counts.more += 1;
  else if (waves.length < greedy) counts.fewer += 1;
  else counts.equal += 1;
  const sameCentre = greedyWaves(ring, takeable, (one, other) => one.dc === other.dc);
  if (sameCentre.some(breaks)) counts.cstarBreaks += 1;
  counts.refusedNodes += refused.length;
  counts.nodes += nodes.length;
}

function report(): void {
  const share = (count: number): string => `${((100 * count) / RINGS).toFixed(1)} %`;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(
    `${RINGS} rings, ${counts.nodes} nodes up, ${counts.refusedNodes} of them refused, in ${seconds} s`,
  );
  console.log(`waves that break a level: ${counts.broken} rings; allowed 0`);
  console.log(`more waves than the greedy rule: ${counts.more} rings; allowed 0`);
  console.log(`fewer: ${share(counts.fewer)}; as many: ${share(counts.equal)}`);
  console.log(
    `the greedy rule within a data centre only would break a level in ${share(counts.cstarBreaks)}`,
  );
  console.log(`slowest ring: ${slowest.toFixed(0)} ms`);
  process.exitCode = counts.broken + counts.more === 0 ? 0 : 1;
}
