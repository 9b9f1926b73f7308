import type { InstanceName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { requireCensus } from "../../cassandra/ring/census.ts";
import type { HeardGossip } from "../../engine/ring/heard.ts";
import { expectedNodes, nodesOf } from "../../services/cassandra/ring.ts";
import type { ObservedInstance } from "../../services/planners/request.ts";
import type { RingDecision } from "../../services/planners/ring-rule.ts";
import type { Transport } from "../../transport/model.ts";
import type { CommandContext } from "../model.ts";
import type { AskedPlan, ServiceAsk } from "../service-verb.ts";
import { observeRing, requireAgreement } from "./observe.ts";

interface LiveAsk {
  context: CommandContext<unknown>;
  transport: Transport;
  /** Is told what the nodes hear of each other. */
  heard?: HeardGossip;
  ask: ServiceAsk;
  asked: AskedPlan;
  observed: ReadonlyMap<InstanceName, ObservedInstance>;
}

/**
 * Asks the ring, where a verb takes nodes of it away, and decides which may go together; nothing where no clients are to be
 * kept: the whole ring stops, what stops is stopped already, or loss is meant. Throws an OperatorError (exit 3) when the ring
 * is not known whole and told of in one way.
 */
export async function decideLive(live: LiveAsk): Promise<{ ring?: RingDecision }> {
  const { context, transport, heard, ask, asked } = live;
  const { site, options } = ask;
  if (asked.ringHosts.length === 0 || takesNothing(live)) return {};
  const seen = await observeRing({
    context,
    site,
    transport,
    ...(heard === undefined ? {} : { heard }),
  }).catch((error: unknown) => {
    if (options.allowLoss === true && error instanceof OperatorError && error.code === "RING_UNKNOWN")
      return undefined;
    throw error;
  });
  if (seen === undefined) return {};
  requireAgreement(seen);
  requireCensus(seen.ring, expectedNodes(site.deployment));
  return { ring: asked.decide(seen.ring) };
}

function takesNothing({ ask, asked, observed }: LiveAsk): boolean {
  if (ask.verb !== "stop") return false;
  if (ask.options.allowLoss === true) return true;
  const nodes = nodesOf(ask.site.deployment);
  if (asked.ringHosts.length === nodes.length) return true;
  const stopping = nodes.filter(({ host }) => asked.ringHosts.includes(host));
  return stopping.every(({ name }) => observed.get(name)?.state === "stopped");
}
