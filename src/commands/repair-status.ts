import { ExitCode, StatusExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Milliseconds } from "../base/units.ts";
import { partitionerOf } from "../cassandra/ring/observation.ts";
import type { TablesView } from "../cassandra/repair/tables.ts";
import { lookAtTables } from "../engine/ring/look.ts";
import { nodesOf } from "../services/cassandra/ring.ts";
import { planInstance } from "../services/planners/planned-instance.ts";
import { endpointOf } from "../services/planners/ring-endpoint.ts";
import { repairLedger } from "../state/repair-ledger.ts";
import { loadSite, type Site } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { openTransport } from "./open-transport.ts";
import { tableCoverages } from "./repair/coverage.ts";
import { coverageToJson, coverageToText } from "./repair/status-text.ts";
import { sessionFor } from "./ring/observe.ts";
import { requireRing } from "./ring/require-ring.ts";
import { renderingSite } from "./selected-hosts.ts";

/** A node that lives answers within this. */
const LOOK_TIMEOUT: Milliseconds = 15_000;

/** Options of `smc repair status`. */
export interface RepairStatusOptions {
  /** Tables that are due within this time make the exit code 3. */
  failIfExpiring?: Milliseconds;
}

/**
 * `smc repair status`: what the ledger has of each table, against what the ring says of it now. Exits 3 with `--fail-if-expiring`
 * when a table is due, and 4 when no node of the ring answers.
 */
export async function repairStatus(context: CommandContext<RepairStatusOptions>): Promise<ExitCode> {
  const { io, global, options } = context;
  const site = await loadSite(context, { secretsMayBeMissing: true });
  requireRing(site);
  const view = await askTables(context, site);
  const entries = await repairLedger({ ...site, deployment: site.deployment.name, run: "" }).entries();
  const now = Date.now();
  const margin = options.failIfExpiring ?? 0;
  const partitioner = partitionerOf(view.partitioner);
  const coverages = tableCoverages({ ...view, partitioner }, entries, { now, margin });
  io.stdout.write(
    global.json
      ? `${JSON.stringify(coverageToJson(site.deployment.name, coverages), null, 2)}\n`
      : coverageToText(coverages, now),
  );
  const fails = options.failIfExpiring !== undefined && coverages.some(({ expiring }) => expiring);
  return fails ? StatusExitCode.NotAllRunning : ExitCode.Done;
}

/** The first node that answers tells for all of them: what is asked is the same everywhere. */
async function askTables(context: CommandContext<unknown>, site: Site): Promise<TablesView> {
  const transport = openTransport(context.io);
  const silent: string[] = [];
  try {
    for (const instance of nodesOf(site.deployment)) {
      const planned = planInstance(renderingSite(context, site), instance);
      const session = sessionFor({ site, transport }, planned, AbortSignal.timeout(LOOK_TIMEOUT));
      try {
        return await lookAtTables(session, endpointOf(planned));
      } catch (error) {
        if (!(error instanceof OperatorError)) throw error;
        silent.push(`${planned.host.name}: ${error.message}`);
      }
    }
  } finally {
    await transport.close();
  }
  throw new OperatorError("no node of the ring answered: which tables there are is not known", {
    code: "RING_UNKNOWN",
    exit: StatusExitCode.Unreachable,
    details: silent,
    hint: "smc status cassandra  shows what runs",
  });
}
