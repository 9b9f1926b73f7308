import type { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import { changesOf } from "../cassandra/contents/change.ts";
import { planReplication } from "../cassandra/contents/replication.ts";
import { requireCensus } from "../cassandra/ring/census.ts";
import type { ObservedRing } from "../cassandra/ring/model.ts";
import { clientLevel, expectedNodes } from "../services/cassandra/ring.ts";
import { ringContent } from "../services/cassandra/setup.ts";
import type { PlannedInstance } from "../services/planners/planned-instance.ts";
import { requireOneRelease, ringNodes, type RingAsk } from "./contents/ask-ring.ts";
import { carryOut } from "./contents/carry-out.ts";
import { loadSite } from "./load.ts";
import type { CommandRun } from "./model.ts";
import { openTransport } from "./open-transport.ts";
import { observeRing, requireAgreement } from "./ring/observe.ts";

/** Options of `smc replication`. */
export interface ReplicationOptions {
  /** Even where reads may miss what was written, until the repair is done. */
  allowStale?: boolean;
}

/**
 * `smc replication plan | apply`: compares the replicas of every keyspace of the services file with those of the ring, shows
 * what differs, and changes it.
 */
export function replication(apply: boolean): CommandRun<readonly [], ReplicationOptions> {
  return async (context): Promise<ExitCode> => {
    const site = await loadSite(context, { secretsMayBeMissing: true });
    const transport = openTransport(context.io);
    try {
      const ask: RingAsk = { context, site, transport };
      const nodes = ringNodes(ask);
      const seen = await observeRing(ask);
      requireAgreement(seen);
      requireCensus(seen.ring, expectedNodes(site.deployment));
      const content = planReplication({
        ring: seen.ring,
        wanted: ringContent(site.deployment).replication,
        level: clientLevel(site.deployment),
        allowStale: context.options.allowStale === true,
      });
      if (apply) requireOneRelease(seen.ring.nodes);
      const names = new Set(changesOf(content).map(({ subject }) => subject));
      const question = `change ${[...names].join(", ")} in ${site.deployment.name}?`;
      return await carryOut(ask, { content, node: aliveNode(nodes, seen.ring), apply, question });
    } finally {
      await transport.close();
    }
  };
}

function aliveNode(nodes: readonly PlannedInstance[], { nodes: seen }: ObservedRing): PlannedInstance {
  const alive = new Set(seen.filter(({ state }) => state === "up").map(({ host }) => host));
  const found = nodes.find(({ host }) => alive.has(host.name));
  if (found !== undefined) return found;
  throw new OperatorError("no node of the ring is up", { code: "RING_UNKNOWN" });
}
