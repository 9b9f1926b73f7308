import * as v from "valibot";
import type { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import { closest } from "../base/suggest.ts";
import type { ContentPlan } from "../cassandra/contents/change.ts";
import {
  COMPUTE_QUERIES,
  COMPUTE_STATUSES,
  planCompute,
  readColumns,
  readStatuses,
  type ComputeServer,
  type ComputeStatus,
} from "../cassandra/contents/compute.ts";
import type { Deployment } from "../inventory/model.ts";
import { askFirst } from "./contents/ask-ring.ts";
import { carryOut } from "./contents/carry-out.ts";
import { loadSite, type Site } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { openTransport } from "./open-transport.ts";

const HubSettings = v.object({ keyspace: v.optional(v.string()) });
const ComputeSettings = v.object({ status: v.picklist(COMPUTE_STATUSES) });

/** `smc compute sync`: the table of compute servers gets the status that the services file says of each. */
export async function syncCompute(context: CommandContext<unknown>): Promise<ExitCode> {
  const site = await loadSite(context, { secretsMayBeMissing: true });
  return write({ context, site, wanted: serversOf(site.deployment), notes: [] });
}

/** `smc compute set HOST STATUS`: one server gets a status, until the next sync. */
export async function setCompute(
  context: CommandContext<unknown>,
  host: string,
  status: ComputeStatus,
): Promise<ExitCode> {
  const site = await loadSite(context, { hosts: [host], secretsMayBeMissing: true });
  const servers = serversOf(site.deployment);
  const server = servers.find(one => one.host === host);
  if (server === undefined) throw unknownServer(site, host, servers);
  const differs = `the services file says ${server.status} of ${host}: smc compute sync  would set it back`;
  const notes = server.status === status ? [] : [differs];
  return write({ context, site, wanted: [{ ...server, status }], notes });
}

async function write(words: {
  context: CommandContext<unknown>;
  site: Site;
  wanted: readonly ComputeServer[];
  notes: readonly string[];
}): Promise<ExitCode> {
  const { context, site, wanted } = words;
  const keyspace = keyspaceOf(site.deployment);
  const transport = openTransport(context.io);
  try {
    const ask = { context, site, transport };
    const { node, columns, present } = await askFirst(ask, async (session, node) => {
      const columns = readColumns(await session.rows(COMPUTE_QUERIES.columns(keyspace), "one"));
      const asked = columns.includes("status") && columns.includes("dummy");
      const rows = asked ? await session.rows(COMPUTE_QUERIES.statuses(keyspace), "quorum") : [];
      return { node, columns, present: readStatuses(rows) };
    });
    const known = new Set(serversOf(site.deployment).map(({ address }) => address));
    const planned: ContentPlan = planCompute({ keyspace, columns, present, wanted, known });
    const content = { ...planned, notes: [...words.notes, ...planned.notes] };
    return await carryOut(ask, { content, node, apply: true });
  } finally {
    await transport.close();
  }
}

/** Each host once, with the status of its first instance. */
function serversOf({ instances, hosts }: Deployment): ComputeServer[] {
  const servers = instances.filter(({ service }) => service === "compute");
  const byHost = Map.groupBy(servers, ({ host }) => host);
  return [...byHost].flatMap(([name, [first]]) => {
    const address = hosts.get(name)?.address;
    if (address === undefined || first === undefined) return [];
    return [{ host: name, address, status: v.parse(ComputeSettings, first.settings).status }];
  });
}

/** The keyspace of the hubs. */
function keyspaceOf({ name, services }: Deployment): string {
  const hub = services.get("hub");
  if (hub !== undefined) return v.parse(HubSettings, hub.settings).keyspace ?? name;
  throw new OperatorError(`${name} has no hub, so nobody reads which compute servers are on`, {
    code: "SERVICE_UNKNOWN",
    hint: `smc -d ${name} inventory  shows what it has`,
  });
}

function unknownServer({ deployment }: Site, host: string, servers: readonly ComputeServer[]): OperatorError {
  const names = servers.map(server => server.host);
  const near = closest(host, names);
  return new OperatorError(`${host} is no compute server of ${deployment.name}`, {
    code: "SELECTION_EMPTY",
    hint: near === undefined ? "smc hosts  shows what is where" : `did you mean ${near}?`,
  });
}
