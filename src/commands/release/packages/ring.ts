import type { HostName, InstanceName } from "../../../base/names.ts";
import { nodesOf } from "../../../services/cassandra/ring.ts";
import type { ObservedInstance } from "../../../services/planners/request.ts";
import type { RingDecision } from "../../../services/planners/ring-rule.ts";
import type { HostChanges } from "../../../services/release/packages/decide.ts";
import { mostOf } from "../../pause.ts";
import { decideLive } from "../../ring/decide.ts";
import { askRing, type ServiceAsk } from "../../service-verb.ts";
import type { PackagesAsk } from "./model.ts";

interface RingWords {
  observed: ReadonlyMap<InstanceName, ObservedInstance>;
  /** Hosts at once. */
  size: number;
  /** Hosts of earlier batches: a pause after so many hosts counts them as well. */
  before: number;
}

/** Which of these hosts may go together, by the rule of a restart of their nodes; undefined where there are none. */
export async function decideRing(
  ask: PackagesAsk,
  going: readonly HostChanges[],
  words: RingWords,
): Promise<RingDecision | undefined> {
  if (going.length === 0) return undefined;
  const { service, context, asked } = asRestart(ask, going, words);
  const { transport } = ask;
  const { observed } = words;
  return (await decideLive({ context, transport, ask: service, asked, observed })).ring;
}

/** The nodes of these hosts as `smc restart cassandra` would be asked for them: the rule of the ring is its. */
export function asRestart(
  { context, site }: PackagesAsk,
  going: readonly HostChanges[],
  { size, before }: Omit<RingWords, "observed">,
) {
  const { canary: _, stopAfter: __, ...rest } = context.options;
  const most = mostOf(context.options);
  const left = most === undefined ? {} : { stopAfter: Math.max(1, most - before) };
  const hosts = new Set<HostName>(going.map(({ host }) => host));
  const nodes = nodesOf(site.deployment).filter(({ host }) => hosts.has(host));
  const service: ServiceAsk = {
    verb: "restart",
    words: { service: "cassandra", hosts: [...hosts] },
    options: { ...rest, ...left },
    site,
  };
  const wide = { ...context, global: { ...context.global, parallel: size, rolling: false } };
  return {
    service,
    context: wide,
    asked: { ...askRing(wide, service, nodes), instances: nodes, plan: notPlannedSo },
  };
}

function notPlannedSo(): never {
  throw new Error("packages are planned by planPackages");
}
