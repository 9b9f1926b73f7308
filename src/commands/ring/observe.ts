import { ExitCode } from "../../base/exit-code.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Milliseconds } from "../../base/units.ts";
import { parseDescribeRing } from "../../cassandra/nodetool/describering.ts";
import { nameNodes } from "../../cassandra/ring/census.ts";
import { describedDifferences, oneOfEachReplication } from "../../cassandra/ring/described.ts";
import type { Keyspace, ObservedRing } from "../../cassandra/ring/model.ts";
import { mergeViews, type Observation } from "../../cassandra/ring/observation.ts";
import type { NodeView } from "../../cassandra/ring/view.ts";
import type { SessionContext } from "../../engine/cql/session.ts";
import { lookAtRing, lookAtTokens } from "../../engine/ring/look.ts";
import { RunSecrets } from "../../engine/run-secrets.ts";
import type { CqlEndpoint } from "../../plan/model.ts";
import { expectedNodes, nodesOf } from "../../services/cassandra/ring.ts";
import { planInstance, type PlannedInstance } from "../../services/planners/planned-instance.ts";
import { endpointOf } from "../../services/planners/ring-endpoint.ts";
import { SecretFiles } from "../../state/secret-files.ts";
import type { Transport } from "../../transport/model.ts";
import { describeEnd } from "../fleet/describe-end.ts";
import { askAll } from "../fleet/fan-out.ts";
import type { Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { renderingSite } from "../selected-hosts.ts";

/** A node answers within this, or it is not asked further. */
const LOOK_TIMEOUT: Milliseconds = 25_000;
/** nodetool starts a JVM, and prints a line for every range. */
const DESCRIBE_TIMEOUT: Milliseconds = 60_000;

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
}

type Look = { planned: PlannedInstance; endpoint: CqlEndpoint } & ({ view: NodeView } | { why: string });

/**
 * Asks every node of the ring for its picture of it, all at once, and compares the replicas that smc computes with those that
 * Cassandra tells, keyspace by keyspace. Nodes have the names of the services file. Throws an OperatorError
 * (exit 3) when no node answers.
 */
export async function observeRing(ask: Ask): Promise<LiveRing> {
  const { deployment } = ask.site;
  const looks = await lookAtAll(ask);
  const answered = looks.flatMap(look => ("view" in look ? [look] : []));
  const silent = looks.flatMap(look =>
    "why" in look ? [{ host: look.planned.host.name, why: look.why }] : [],
  );
  const [first] = answered;
  if (first === undefined) throw unknownRing(silent);
  const session = sessionFor(ask, first.planned);
  const tokens = await lookAtTokens(session, first.endpoint);
  const views = answered.map(({ view }) => view);
  const merged = mergeViews({ views, tokens, now: Date.now() });
  const ring = nameNodes(merged.ring, expectedNodes(deployment));
  const described = await describe(
    ask,
    answered.map(({ planned }) => planned),
    ring,
  );
  const names = new Map(ring.nodes.map(({ address, host }) => [address, host]));
  const nameOf = (address: string): HostName => names.get(address) ?? address;
  return {
    ring,
    opinions: merged.opinions.map(({ of, state, by }) => ({ of: nameOf(of), state, by: by.map(nameOf) })),
    disagreements: [...merged.disagreements, ...described],
    asked: answered.length,
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

async function lookAtAll(ask: Ask): Promise<readonly Look[]> {
  const { context, site } = ask;
  const rendering = renderingSite(context, site);
  const nodes = nodesOf(site.deployment).map(instance => planInstance(rendering, instance));
  const byHost = new Map(nodes.map(planned => [planned.target.name, planned]));
  const answers = await askAll<Look[]>({
    context,
    targets: nodes.map(({ target }) => target),
    title: "asking the ring",
    concurrency: nodes.length,
    ask: async ({ name }, stop) => {
      const planned = byHost.get(name);
      return planned === undefined ? [] : [await look(ask, planned, stop)];
    },
  });
  return answers.flat();
}

async function look(ask: Ask, planned: PlannedInstance, stop: AbortSignal): Promise<Look> {
  const endpoint = endpointOf(planned);
  const signal = AbortSignal.any([stop, AbortSignal.timeout(LOOK_TIMEOUT)]);
  try {
    return { planned, endpoint, view: await lookAtRing(sessionFor(ask, planned, signal), endpoint) };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return { planned, endpoint, why: error.message };
  }
}

/** nodetool describering of a keyspace of each way of replication, spread over the nodes, one at a time on each: it is a JVM beside the node. */
async function describe(ask: Ask, nodes: readonly PlannedInstance[], ring: ObservedRing): Promise<string[]> {
  const asked = oneOfEachReplication(ring.keyspaces);
  const shares = nodes.map((planned, index) => ({
    planned,
    keyspaces: asked.filter((_, number) => number % nodes.length === index),
  }));
  const differences = await Promise.all(
    shares.map(async ({ planned, keyspaces }) => {
      const found: string[] = [];
      for (const keyspace of keyspaces)
        found.push(...(await describeKeyspace(ask, planned, { ring, keyspace })));
      return found;
    }),
  );
  return differences.flat();
}

async function describeKeyspace(
  { transport }: Ask,
  { rendered, target }: PlannedInstance,
  { ring, keyspace }: { ring: ObservedRing; keyspace: Keyspace },
): Promise<string[]> {
  const { tool } = rendered;
  if (tool === undefined) throw new Error("a node of a ring has a tool");
  const argv = [...tool.argv, "describering", "--", keyspace.name];
  const result = await transport.connection(target).run(argv, {
    timeout: DESCRIBE_TIMEOUT,
    outputLimit: 256 * 1024 * 1024,
    ...(tool.runAs === undefined ? {} : { runAs: tool.runAs }),
  });
  if (!result.ok || result.cut !== undefined) {
    const words = result.stderr.trim().split("\n").at(-1) ?? "";
    return [
      `nodetool describering ${keyspace.name} on ${target.name}: ${describeEnd(result.end)} ${words}`.trim(),
    ];
  }
  return describedDifferences(ring, keyspace, parseDescribeRing(result.stdout));
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
