import type { Milliseconds } from "../../../base/units.ts";
import { vmPlaces } from "../../../machines/places.ts";
import { targetOf } from "../../../services/planners/planned-instance.ts";
import { renderingSite } from "../../selected-hosts.ts";
import { rootOptions } from "../../vm/observe.ts";
import type { ImageAsk, PlannedImages } from "./model.ts";

const TAIL_TIMEOUT: Milliseconds = 20_000;
const MOST_SHOWN = 3;
/** Arguments: file, and a time that it must be newer than. */
const TAIL = `[ ! -e "$1" ] || find "$1" -newermt "$2" -exec tail -n 8 {} +`;

/** After a run that failed: what the new systems that were put back said last, which is where it shows why one did not boot. */
export async function showPutBack(ask: ImageAsk, { plan, decision }: PlannedImages): Promise<void> {
  const { context, site, transport } = ask;
  const rendering = renderingSite(context, site);
  let shown = 0;
  for (const { name, machine } of decision.changes) {
    if (shown >= MOST_SHOWN) return;
    const argv = ["sh", "-c", TAIL, "sh", vmPlaces(name).putBackConsole, plan.createdAt];
    const options = { ...rootOptions(ask), timeout: TAIL_TIMEOUT };
    const { ok, stdout } = await transport.connection(targetOf(rendering, machine)).run(argv, options);
    if (!ok || stdout.trim() === "") continue;
    shown += 1;
    const lines = stdout.replace(/^/gm, "  ").trimEnd();
    context.io.stderr.write(
      `the console of ${name}, with the image that it was put back from, ended with:\n${lines}\n`,
    );
  }
}
