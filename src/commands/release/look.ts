import type { Milliseconds } from "../../base/units.ts";
import type { Place } from "../../services/release/places.ts";
import type { Sight } from "../../services/release/decide.ts";
import { lookScript, parsePlace } from "../../services/release/scripts.ts";
import type { Transport } from "../../transport/model.ts";
import { describeEnd } from "../fleet/describe-end.ts";
import { askAll } from "../fleet/fan-out.ts";
import type { CommandContext } from "../model.ts";

const LOOK_TIMEOUT: Milliseconds = 30_000;

/** Which versions lie in each place, and which it runs: all hosts at once, nothing is changed. */
export async function lookAtPlaces(
  { context, transport }: { context: CommandContext<unknown>; transport: Transport },
  places: readonly Place[],
): Promise<readonly Sight[]> {
  const byHost = Map.groupBy(places, ({ lead }) => lead.target.name);
  const targets = [...byHost.values()].flatMap(([first]) => (first === undefined ? [] : [first.lead.target]));
  const answers = await askAll({
    context,
    targets,
    title: "looking at versions",
    concurrency: targets.length,
    ask: target => Promise.all((byHost.get(target.name) ?? []).map(place => lookAt(transport, place))),
  });
  const sights = new Map(answers.flat().map(sight => [sight.place.id, sight]));
  return places.flatMap(({ id }) => sights.get(id) ?? []);
}

async function lookAt(transport: Transport, place: Place): Promise<Sight> {
  const { lead, folder } = place;
  const runAs = lead.administrator === undefined ? {} : { runAs: lead.administrator };
  const { ok, end, stdout, stderr } = await transport
    .connection(lead.target)
    .run(lookScript(folder), { timeout: LOOK_TIMEOUT, ...runAs });
  const seen = ok ? parsePlace(stdout) : undefined;
  if (seen !== undefined) return { place, seen };
  const words = ok ? "answers in a way that smc does not know" : describeEnd(end);
  return { place, why: `${words} ${stderr.trim().split("\n").at(-1) ?? ""}`.trim() };
}
