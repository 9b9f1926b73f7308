import { ExitCode } from "../../base/exit-code.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Milliseconds } from "../../base/units.ts";
import { nameNodes } from "../../cassandra/ring/census.ts";
import type { Keyspace, Token } from "../../cassandra/ring/model.ts";
import { mergeViews, type Observation } from "../../cassandra/ring/observation.ts";
import type { NodeView } from "../../cassandra/ring/view.ts";
import type { SessionContext } from "../../engine/cql/session.ts";
import { lookAtRing, lookAtTokens } from "../../engine/ring/look.ts";
import type { HeardGossip } from "../../engine/ring/heard.ts";
import { RunSecrets } from "../../engine/run-secrets.ts";
import { expectedNodes, nodesOf } from "../../services/cassandra/ring.ts";
import { planInstance, type PlannedInstance } from "../../services/planners/planned-instance.ts";
import { endpointOf } from "../../services/planners/ring-endpoint.ts";
import { SecretFiles } from "../../state/secret-files.ts";
import type { Transport } from "../../transport/model.ts";
import { askAll } from "../fleet/fan-out.ts";
import type { Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { renderingSite } from "../selected-hosts.ts";
import { describeRing, differencesOf, type Reached } from "./describe.ts";

/** A node answers within this, or it is not asked further. */
const LOOK_TIMEOUT: Milliseconds = 25_000;

/** What was asked of the ring itself. */
export interface LiveRing extends Observation {
  /** How many nodes answered; none where a file stands for the ring. */
  asked: number;
  /** The nodes that gave no answer, and why. */
  silent: readonly { host: HostName; why: string }[];
}

interface Ask {
  context: CommandContext<unknown>;
  site: Site;
  transport: Transport;
  /** Is told what the nodes hear of each other. */
  heard?: HeardGossip;
}

type Look = { planned: PlannedInstance } & ({ view: NodeView } | { why: string });

/**
 * Asks every node of the ring for its picture of it, all at once, and compares the replicas that smc computes with those that
 * Cassandra tells, keyspace by keyspace. Nodes have the names of the services file. Throws an OperatorError
 * (exit 3) when no node answers.
 */
export async function observeRing(ask: Ask): Promise<LiveRing> {
  const { deployment } = ask.site;
  const { looks, tokens, described } = await lookAndDescribe(ask);
  const views = looks.flatMap(look => ("view" in look ? [look.view] : []));
  const silent = looks.flatMap(look =>
    "why" in look ? [{ host: look.planned.host.name, why: look.why }] : [],
  );
  if (views.length === 0) throw unknownRing(silent);
  const merged = mergeViews({ views, tokens, now: Date.now() });
  const ring = nameNodes(merged.ring, expectedNodes(deployment));
  const names = new Map(ring.nodes.map(({ address, host }) => [address, host]));
  const nameOf = (address: string): HostName => names.get(address) ?? address;
  return {
    ring,
    opinions: merged.opinions.map(({ of, state, by }) => ({ of: nameOf(of), state, by: by.map(nameOf) })),
    disagreements: [...merged.disagreements, ...differencesOf(described, ring)],
    asked: views.length,
    silent,
  };
}

/** Throws an OperatorError (exit 3) when the nodes, or smc and Cassandra, tell different things of one ring. */
export function requireAgreement({ disagreements }: LiveRing): void {
  if (disagreements.length === 0) return;
  throw new OperatorError("the ring is not told of in one way: nothing was touched", {
    code: "RING_DISAGREEMENT",
    exit: ExitCode.Refused,
    details: disagreements,
    hint: "smc ring  shows what each node says",
  });
}

/**
 * Listens to all nodes and, meanwhile, has Cassandra describe its ring: a nodetool takes longer to start than a node to
 * say which keyspaces there are.
 */
async function lookAndDescribe(ask: Ask) {
  const { context, site } = ask;
  const rendering = renderingSite(context, site);
  const nodes = nodesOf(site.deployment).map(instance => planInstance(rendering, instance));
  const reachings = new Map(nodes.map(planned => [planned, Promise.withResolvers<Reached | undefined>()]));
  const byHost = new Map(nodes.map(planned => [planned.target.name, planned]));
  const looking = askAll<Look[]>({
    context,
    targets: nodes.map(({ target }) => target),
    title: "asking the ring",
    concurrency: nodes.length,
    ask: async ({ name }, stop) => {
      const planned = byHost.get(name);
      if (planned === undefined) return [];
      const resolve = (reached?: Reached) => reachings.get(planned)?.resolve(reached);
      const seen = await look(ask, planned, {
        stop,
        keyspacesRead: keyspaces => resolve({ planned, keyspaces }),
      });
      resolve();
      return [seen];
    },
  });
  const reached = Promise.all([...reachings.values()].map(({ promise }) => promise)).then(all =>
    all.flatMap(one => one ?? []),
  );
  const [looks, tokens, described] = await Promise.all([
    looking,
    reached.then(([first]) => tokensFrom(ask, first)),
    reached.then(answered => describeRing(ask.transport, answered)),
  ]);
  return { looks: looks.flat(), tokens, described };
}

async function tokensFrom(ask: Ask, reached: Reached | undefined): Promise<Map<string, readonly Token[]>> {
  if (reached === undefined) return new Map();
  return lookAtTokens(sessionFor(ask, reached.planned), endpointOf(reached.planned));
}

async function look(
  ask: Ask,
  planned: PlannedInstance,
  { stop, keyspacesRead }: { stop: AbortSignal; keyspacesRead: (keyspaces: readonly Keyspace[]) => void },
): Promise<Look> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(LOOK_TIMEOUT)]);
  try {
    const { heard } = ask;
    const view = await lookAtRing(sessionFor(ask, planned, signal), endpointOf(planned), {
      keyspacesRead,
      ...(heard === undefined ? {} : { heard }),
    });
    return { planned, view };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return { planned, why: error.message };
  }
}

/** What a session with this node needs, as long as `signal` lets it, and no longer than a look may take. */
export function sessionFor(
  { site, transport }: Pick<Ask, "site" | "transport">,
  { target }: PlannedInstance,
  signal: AbortSignal = AbortSignal.timeout(LOOK_TIMEOUT),
): SessionContext {
  const secrets = new RunSecrets(new SecretFiles(site.secretsFolder));
  return {
    connection: transport.connection(target),
    secret: name => secrets.get(name),
    signal,
    deadline: Date.now() + LOOK_TIMEOUT,
  };
}

function unknownRing(silent: LiveRing["silent"]): OperatorError {
  return new OperatorError("no node of the ring answered: nothing is known of it", {
    code: "RING_UNKNOWN",
    exit: ExitCode.Refused,
    details: silent.map(({ host, why }) => `${host}: ${why}`),
    hint: "smc status cassandra  shows what runs; smc start cassandra  starts it",
  });
}
