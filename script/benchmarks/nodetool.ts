import { account } from "../../test/cassandra/nodetool/accounting.ts";
import { fixtures } from "../../test/cassandra/nodetool/fixtures.ts";
import { mutate, randomFrom } from "../../test/cassandra/nodetool/mutate.ts";
import { commandOf } from "../../test/cassandra/nodetool/renderers.ts";

/**
 * Outputs of nodetool with something wrong in them, over every reader and every fixture in turn: how many are refused with
 * the line, how many are accounted for line by line, and how many rows are dropped, which must be none.
 */
const INPUTS = Number(process.argv[2] ?? 1_000_000);
const SEED = Number(process.argv[3] ?? 1);
const ALLOWED = 0;

const random = randomFrom(SEED);
const counts = { accounted: 0, refused: 0, dropped: 0 };
const startedAt = performance.now();
for (let input = 0; input < INPUTS; input++) {
  const fixture = fixtures[input % fixtures.length];
  if (fixture === undefined) throw new Error("no fixtures");
  const text = mutate(fixture.text, random);
  const { outcome, difference } = account(commandOf(fixture), text);
  counts[outcome] += 1;
  if (outcome === "dropped") console.log(`${fixture.name}:\n${difference.join("\n")}`);
}
const seconds = (performance.now() - startedAt) / 1000;
console.log(`${INPUTS} mutated outputs of ${fixtures.length} in ${seconds.toFixed(0)} s`);
console.log(
  `${counts.refused} refused, ${counts.accounted} accounted for, ${counts.dropped} dropped; at most ${ALLOWED} allowed`,
);
process.exitCode = counts.dropped <= ALLOWED ? 0 : 1;
