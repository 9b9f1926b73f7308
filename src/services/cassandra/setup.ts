import * as v from "valibot";
import { administratorLogins, ownLogins } from "../../cassandra/logins.ts";
import { setupParts, type RingContent, type SetupPart } from "../../cassandra/setup.ts";
import type { CqlEndpoint } from "../../plan/model.ts";
import type { Deployment } from "../../inventory/model.ts";
import type { InstanceContext, SetupStep } from "../model.ts";
import { nodePlaces } from "./places.ts";
import { dataCentreOf, nodesOf } from "./ring.ts";
import { ContentSettingsSchema, type CassandraSettings } from "./settings.ts";

/** The steps of a new ring's first set-up, to be run on one node when all are up. */
export function setupSteps(context: InstanceContext<CassandraSettings>): readonly SetupStep[] {
  const { deployment, settings } = context;
  return setupParts(contentOf(deployment, settings)).map(part => setupStep(context, part));
}

function setupStep(context: InstanceContext<CassandraSettings>, part: SetupPart): SetupStep {
  const { title, statements, consistency, done } = part;
  const { address, ports } = nodePlaces(context);
  const endpoint: CqlEndpoint = {
    address,
    port: ports.native,
    logins: administratorLogins(context.settings),
  };
  const acting = part.asOwnSuperuser ? { ...endpoint, logins: ownLogins(context.settings) } : endpoint;
  return {
    title,
    action: { kind: "cql", endpoint: acting, statements, consistency },
    done: { kind: "cql", endpoint, query: done.query, consistency: "quorum", rows: done.rows },
  };
}

/** What the services file says of what the deployment's ring holds. */
export function ringContent(deployment: Deployment): RingContent {
  const settings = deployment.services.get("cassandra")?.settings ?? {};
  return contentOf(deployment, v.parse(ContentSettingsSchema, settings));
}

function contentOf(
  deployment: Deployment,
  settings: v.InferOutput<typeof ContentSettingsSchema>,
): RingContent {
  const { auth, replication, users, drop_users: dropUsers } = settings;
  return { auth, replication, users, dropUsers, nodes: nodesByDataCentre(deployment) };
}

function nodesByDataCentre(deployment: Deployment): Readonly<Record<string, number>> {
  const nodes: Record<string, number> = {};
  for (const { host: name } of nodesOf(deployment)) {
    const host = deployment.hosts.get(name);
    if (host === undefined) continue;
    const dataCentre = dataCentreOf(host);
    nodes[dataCentre] = (nodes[dataCentre] ?? 0) + 1;
  }
  return nodes;
}
