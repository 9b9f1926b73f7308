import { dirname } from "node:path";
import { ExitCode } from "../../base/exit-code.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Milliseconds } from "../../base/units.ts";
import { dataStateCommand, parseDataState } from "../../cassandra/grow/data-folder.ts";
import { DISK_QUERY, readDiskUsage, readFreeSpace, type NodeDisk } from "../../cassandra/grow/forecast.ts";
import type { NewNode } from "../../cassandra/grow/join-rule.ts";
import { withCqlSession } from "../../engine/cql/session.ts";
import type { Instance } from "../../inventory/model.ts";
import { clusterNameOf, dataCentreOf, rackOf } from "../../services/cassandra/ring.ts";
import { planInstance, type PlannedInstance } from "../../services/planners/planned-instance.ts";
import { endpointOf } from "../../services/planners/ring-endpoint.ts";
import { accountOf, tablesOf } from "../../services/planners/snapshot.ts";
import { describeEnd } from "../fleet/describe-end.ts";
import { askAll } from "../fleet/fan-out.ts";
import { sessionFor } from "../ring/observe.ts";
import { renderingSite } from "../selected-hosts.ts";
import type { RingChange } from "./change-ring.ts";

const LOOK_TIMEOUT: Milliseconds = 30_000;

/** Where nodes are looked at; without a transport, as where a file stands for the ring, nobody is asked. */
type Look = Pick<RingChange, "context" | "site"> & Partial<Pick<RingChange, "transport">>;

/** Where a file stands for the ring, no host is asked. */
export function lookOf({ context, site, transport, live }: RingChange): Look {
  return { context, site, ...(live ? { transport } : {}) };
}

/** What is to be known of nodes that are to join. Of hosts that are known to have nothing the data folders are not looked at. */
export async function lookAtNewNodes(
  { context, site, transport }: Look,
  instances: readonly Instance[],
  bare: ReadonlySet<HostName> = new Set(),
): Promise<NewNode[]> {
  const rendering = renderingSite(context, site);
  const nodes = instances.map(instance => planInstance(rendering, instance));
  const asked = nodes.filter(({ host }) => !bare.has(host.name));
  const data = transport === undefined ? undefined : await lookAtData({ context, site, transport }, asked);
  return nodes.map(({ host, instance, rendered }) => ({
    host: host.name,
    folder: dirname(rendered.tables ?? ""),
    dc: dataCentreOf(host),
    rack: rackOf(host, rackSetting(instance)),
    release: rendered.software.kind === "artefact" ? rendered.software.artefact.version : "",
    data: bare.has(host.name) ? "empty" : dataOf(data, host.name),
  }));
}

function dataOf(data: ReadonlyMap<HostName, NewNode["data"]> | undefined, host: HostName): NewNode["data"] {
  return data === undefined ? undefined : (data.get(host) ?? { why: "it gave no answer" });
}

function rackSetting({ settings }: Instance): { rack?: string } {
  return typeof settings["rack"] === "string" ? { rack: settings["rack"] } : {};
}

async function lookAtData(
  { context, site, transport }: Required<Look>,
  nodes: readonly PlannedInstance[],
): Promise<Map<HostName, NewNode["data"]>> {
  const answers = await askAll<[HostName, NewNode["data"]][]>({
    context,
    targets: nodes.map(({ target }) => target),
    title: "looking at the new hosts",
    concurrency: nodes.length,
    ask: async target => {
      const node = nodes.find(one => one.target.name === target.name);
      if (node === undefined) return [];
      const argv = dataStateCommand(tablesOf(node), clusterNameOf(site.deployment, node.instance));
      const result = await transport
        .connection(target)
        .run(argv, { timeout: LOOK_TIMEOUT, ...accountOf(node) });
      if (result.ok) return [[target.name, parseDataState(result.stdout)]];
      return [[target.name, { why: `${describeEnd(result.end)} ${result.stderr.trim()}`.trim() }]];
    },
  });
  return new Map(answers.flat());
}

/** What each of these nodes holds, by its own word, and what its disk has left. A node that cannot tell has neither. */
export async function lookAtDisks(
  { context, site, transport }: RingChange,
  nodes: readonly PlannedInstance[],
): Promise<NodeDisk[]> {
  const answers = await askAll<NodeDisk[]>({
    context,
    targets: nodes.map(({ target }) => target),
    title: "looking at the disks",
    concurrency: nodes.length,
    ask: async target => {
      const node = nodes.find(one => one.target.name === target.name);
      return node === undefined ? [] : [await lookAtDisk({ site, transport }, node)];
    },
  });
  return answers.flat();
}

async function lookAtDisk(
  { site, transport }: Pick<RingChange, "site" | "transport">,
  node: PlannedInstance,
): Promise<NodeDisk> {
  const host = node.host.name;
  const limits = { timeout: LOOK_TIMEOUT, ...accountOf(node) };
  const space = await transport.connection(node.target).run(["df", "-Pk", "--", tablesOf(node)], limits);
  try {
    const rows = await withCqlSession(sessionFor({ site, transport }, node), endpointOf(node), session =>
      session.rows(DISK_QUERY, "one"),
    );
    return { host, held: readDiskUsage(rows), free: space.ok ? readFreeSpace(space.stdout) : undefined };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return { host, held: new Map(), free: undefined };
  }
}

/** Throws an OperatorError (exit 3) for a node of which nobody knows what it holds and what it has room for. */
export function requireDisks(disks: readonly NodeDisk[], nodes: readonly PlannedInstance[]): void {
  const known = new Set(disks.filter(({ free }) => free !== undefined).map(({ host }) => host));
  const details = nodes
    .filter(({ host }) => !known.has(host.name))
    .map(({ host }) => `${host.name}: what its disk has left is unknown`);
  if (details.length === 0) return;
  throw new OperatorError("not every node tells what it holds: nothing was touched", {
    code: "DISKS_UNKNOWN",
    exit: ExitCode.Refused,
    details,
    hint: "smc status cassandra  shows the nodes",
  });
}
