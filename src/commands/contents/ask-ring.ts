import { ExitCode } from "../../base/exit-code.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { readPeers, readSelf, RING_QUERIES } from "../../cassandra/ring/view.ts";
import { describeMixture } from "../../cassandra/upgrade/mixture.ts";
import { CqlError } from "../../engine/cql/failure.ts";
import { withCqlSession, type CqlSession } from "../../engine/cql/session.ts";
import { expectedNodes, nodesOf } from "../../services/cassandra/ring.ts";
import { planInstance, type PlannedInstance } from "../../services/planners/planned-instance.ts";
import { endpointOf } from "../../services/planners/ring-endpoint.ts";
import type { Transport } from "../../transport/model.ts";
import type { Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { sessionFor } from "../ring/observe.ts";
import { renderingSite } from "../selected-hosts.ts";

/** A site whose ring is asked. */
export interface RingAsk {
  context: CommandContext<unknown>;
  site: Site;
  transport: Transport;
}

/** The nodes of the ring by the services file. Throws an OperatorError (exit 2) where it has none. */
export function ringNodes({ context, site }: Omit<RingAsk, "transport">): readonly PlannedInstance[] {
  const { deployment } = site;
  const rendering = renderingSite(context, site);
  const nodes = nodesOf(deployment).map(instance => planInstance(rendering, instance));
  if (nodes.length > 0) return nodes;
  throw new OperatorError(`${deployment.name} has no cassandra, so it has no ring`, {
    code: "SERVICE_UNKNOWN",
    hint: `smc -d ${deployment.name} inventory  shows what it has`,
  });
}

/**
 * Throws an OperatorError (exit 3) while the nodes run several releases: a change of schema or users that one of them makes, the
 * others may not understand. `nodes` are those that were asked or told of.
 */
export function requireOneRelease(nodes: readonly { host: string; release: string | undefined }[]): void {
  const details = describeMixture({ nodes });
  if (details.length === 0) return;
  throw new OperatorError(
    "releases are mixed: nothing of schema and users is changed before all nodes have the same",
    {
      code: "RELEASES_MIXED",
      exit: ExitCode.Refused,
      details,
      hint: "finish the upgrade first: smc upgrade cassandra --to VERSION",
    },
  );
}

/** The same, asking the first node that answers what it knows of all of them. */
export async function askForOneRelease(ask: RingAsk): Promise<void> {
  const nodes = await askFirst(ask, async session => [
    readSelf(await session.rows(RING_QUERIES.self, "one")),
    ...readPeers(await session.rows(RING_QUERIES.peers, "one")),
  ]);
  const names = new Map(expectedNodes(ask.site.deployment).map(({ host, address }) => [address, host]));
  requireOneRelease(nodes.map(({ address, release }) => ({ host: names.get(address) ?? address, release })));
}

/**
 * Puts questions to the first node of the ring that answers, one after the other. Throws an OperatorError (exit 3) where no
 * node does, and where one lets nobody in: the others have the same users.
 */
export async function askFirst<T>(
  ask: RingAsk,
  questions: (session: CqlSession, node: PlannedInstance) => Promise<T>,
): Promise<T> {
  const why: string[] = [];
  for (const node of ringNodes(ask)) {
    try {
      const context = sessionFor(ask, node);
      return await withCqlSession(context, endpointOf(node), session => questions(session, node));
    } catch (error) {
      if (!(error instanceof CqlError)) throw error;
      why.push(`${node.host.name}: ${error.message}`);
      if (error.kind === "refused-login" || error.kind === "wrong") break;
    }
  }
  throw new OperatorError("no node of the ring answers: nothing was touched", {
    code: "RING_UNKNOWN",
    exit: ExitCode.Refused,
    details: why,
    hint: "smc status cassandra  shows what runs; smc secrets check  looks at the passwords",
  });
}
