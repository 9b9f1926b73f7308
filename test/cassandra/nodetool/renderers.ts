import {
  parseCompactionStats,
  type CompactionReport,
} from "../../../src/cassandra/nodetool/compactionstats.ts";
import { parseInfo } from "../../../src/cassandra/nodetool/info.ts";
import {
  parseNetStats,
  type NetworkReport,
  type StreamDirection,
  type StreamFile,
  type StreamPlan,
} from "../../../src/cassandra/nodetool/netstats.ts";
import { parseTpStats, type ThreadPoolReport } from "../../../src/cassandra/nodetool/tpstats.ts";
import {
  parseDescribeCluster,
  type ClusterDescription,
  type ClusterDetails,
} from "../../../src/cassandra/nodetool/describecluster.ts";
import {
  parseDescribeRing,
  type DescribedRange,
  type RingDescription,
} from "../../../src/cassandra/nodetool/describering.ts";
import { parseGossipInfo, type GossipInfoNode } from "../../../src/cassandra/nodetool/gossipinfo.ts";
import { parseRepair, type RepairEvent } from "../../../src/cassandra/nodetool/repair/lines.ts";
import { parseStatus, type StatusNode, type StatusReport } from "../../../src/cassandra/nodetool/status.ts";
import type { NodeAddress } from "../../../src/cassandra/nodetool/values.ts";

/** How one command is read, and how what was read is written again. */
interface Renderer {
  parse: (text: string) => unknown;
  render: (result: unknown) => readonly string[];
}

/** By the command of nodetool. */
export const renderers = {
  status: renderer(parseStatus, renderStatus),
  gossipinfo: renderer(parseGossipInfo, nodes => nodes.flatMap(renderGossip)),
  describecluster: renderer(parseDescribeCluster, renderCluster),
  describering: renderer(parseDescribeRing, renderRing),
  info: renderer(parseInfo, ({ lines }) => lines.map(({ key, value }) => `${key}: ${value}`)),
  netstats: renderer(parseNetStats, renderNetwork),
  compactionstats: renderer(parseCompactionStats, renderCompactions),
  tpstats: renderer(parseTpStats, renderPools),
  repair: renderer(parseRepair, ({ events }) => events.map(renderEvent)),
} satisfies Record<string, Renderer>;

export type Command = keyof typeof renderers;

/** All commands that are read. */
export const commands = Object.keys(renderers) as readonly Command[];

/** The command that a fixture is the output of. */
export function commandOf(fixture: { name: string; command: string }): Command {
  const command = commands.find(name => name === fixture.command);
  if (command === undefined) throw new Error(`no reader for ${fixture.name}`);
  return command;
}

function renderer<Result>(
  parse: (text: string) => Result,
  render: (result: Result) => readonly string[],
): Renderer {
  return { parse, render: result => render(result as Result) };
}

function addressText({ name, host, port }: NodeAddress): string {
  const place = port === undefined ? host : `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return name === undefined ? place : `${name}/${place}`;
}

function addressList(addresses: readonly NodeAddress[]): string {
  return `[${addresses.map(addressText).join(", ")}]`;
}

function renderStatus({ effective, nodes, notes }: StatusReport): string[] {
  const owns = effective ? "Owns (effective)" : "Owns";
  const single = nodes.some(({ token }) => token !== undefined);
  const header = single
    ? `-- Address Load ${owns} Host ID Token Rack`
    : `-- Address Load Tokens ${owns} Host ID Rack`;
  const centres = [...new Set(nodes.map(({ dc }) => dc))];
  const legend = ["=", "Status=Up/Down", "|/ State=Normal/Leaving/Joining/Moving", header];
  return [
    ...centres.flatMap(dc => [
      `Datacenter: ${dc}`,
      ...legend,
      ...nodes.filter(node => node.dc === dc).map(renderStatusNode),
    ]),
    ...notes.map(note => `Note: ${note}`),
  ];
}

function renderStatusNode(node: StatusNode): string {
  const { address, load, owns, id = "null", token, tokenCount, rack } = node;
  const state = { up: "U", down: "D", unknown: "?" }[node.state];
  const mode = { normal: "N", leaving: "L", joining: "J", moving: "M", stopped: "S" }[node.mode];
  const size = load === undefined ? "?" : `${load} bytes`;
  const share = owns === undefined ? "?" : `${owns.toFixed(1)}%`;
  const columns = token === undefined ? [size, tokenCount, share, id] : [size, share, id, token];
  return [state + mode, addressText(address), ...columns, rack].join(" ");
}

function renderGossip({ address, generation, heartbeat, states }: GossipInfoNode): string[] {
  return [
    addressText(address),
    ...(generation === undefined ? [] : [`generation:${generation}`]),
    ...(heartbeat === undefined ? [] : [`heartbeat:${heartbeat}`]),
    ...states.map(({ key, value, version }) => {
      if (value === "not present") return "TOKENS: not present";
      return version === undefined ? `${key}:${value}` : `${key}:${version}:${value}`;
    }),
  ];
}

function renderCluster(cluster: ClusterDescription): string[] {
  const { name, snitch, dynamicSnitch, partitioner, schemas, unreachable, details, notes } = cluster;
  return [
    "Cluster Information:",
    `Name: ${name}`,
    `Snitch: ${snitch}`,
    ...(dynamicSnitch === undefined
      ? []
      : [`DynamicEndPointSnitch: ${dynamicSnitch ? "enabled" : "disabled"}`]),
    `Partitioner: ${partitioner}`,
    "Schema versions:",
    ...schemas.map(({ version, nodes }) => `${version}: ${addressList(nodes)}`),
    ...(unreachable.length === 0 ? [] : [`UNREACHABLE: ${addressList(unreachable)}`]),
    ...(details === undefined ? [] : renderDetails(details)),
    ...notes.map(note => `Note: ${note}`),
  ];
}

function renderDetails(details: ClusterDetails): string[] {
  const { counts, dataCentres, releases, keyspaces } = details;
  return [
    "Stats for all nodes:",
    `Live: ${counts.live}`,
    `Joining: ${counts.joining}`,
    `Moving: ${counts.moving}`,
    `Leaving: ${counts.leaving}`,
    `Unreachable: ${counts.unreachable}`,
    "Data Centers:",
    ...dataCentres.map(({ name, nodes, down }) => `${name} #Nodes: ${nodes} #Down: ${down}`),
    "Database versions:",
    ...releases.map(({ release, nodes }) => `${release}: ${addressList(nodes)}`),
    "Keyspaces:",
    ...keyspaces.map(({ name, strategy, options }) => {
      const pairs = Object.entries(options).map(([key, value]) => `${key}=${value}`);
      return `${name} -> Replication class: ${strategy} {${pairs.join(", ")}}`;
    }),
  ];
}

function renderRing({ schema, ranges }: RingDescription): string[] {
  return [`Schema Version:${schema}`, "TokenRange:", ...ranges.map(renderRange)];
}

function renderRange({ start, end, replicas }: DescribedRange): string {
  const rpc = replicas.flatMap(({ rpcAddress }) => (rpcAddress === undefined ? [] : [rpcAddress]));
  const details = replicas.flatMap(({ address, dc, rack }) =>
    dc === undefined
      ? []
      : [
          `EndpointDetails(host:${addressText(address)}, datacenter:${dc}${rack === undefined ? "" : `, rack:${rack}`})`,
        ],
  );
  const fields = [
    `start_token:${start}`,
    `end_token:${end}`,
    `endpoints:${addressList(replicas.map(({ address }) => address))}`,
    ...(rpc.length === 0 ? [] : [`rpc_endpoints:[${rpc.join(", ")}]`]),
    ...(details.length === 0 ? [] : [`endpoint_details:[${details.join(", ")}]`]),
  ];
  return `TokenRange(${fields.join(", ")})`;
}

function renderNetwork({ mode, idle, streams, readRepair, pools }: NetworkReport): string[] {
  const dropped = pools.some(pool => pool.dropped !== undefined) ? " Dropped" : "";
  return [
    `Mode: ${mode}`,
    ...(idle.sending ? ["Not sending any streams."] : []),
    ...(idle.receiving ? ["Not receiving any streams."] : []),
    ...streams.flatMap(renderPlan),
    ...(readRepair === undefined
      ? []
      : [
          "Read Repair Statistics:",
          `Attempted: ${readRepair.attempted}`,
          `Mismatch (Blocking): ${readRepair.mismatchBlocking}`,
          `Mismatch (Background): ${readRepair.mismatchBackground}`,
          `Pool Name Active Pending Completed${dropped}`,
          ...pools.map(pool =>
            [pool.name, "n/a", pool.pending, pool.completed, pool.dropped].join(" ").trim(),
          ),
        ]),
  ];
}

function renderPlan({ operation, id, sessions }: StreamPlan): string[] {
  if (operation === undefined) return sessions.flatMap(renderOldSession);
  return [
    `${operation} ${id}`,
    ...sessions.flatMap(({ peer, via, receiving, sending }) => [
      via === undefined ? addressText(peer) : `${addressText(peer)} (using ${addressText(via)})`,
      ...renderDirection(receiving, ["Receiving", "received", `received from`], addressText(peer)),
      ...renderDirection(sending, ["Sending", "sent", `sent to`], addressText(peer)),
    ]),
  ];
}

function renderDirection(
  direction: StreamDirection | undefined,
  [doing, verb, way]: readonly [string, string, string],
  peer: string,
): string[] {
  if (direction?.total === undefined) return [];
  const { total, done, files } = direction;
  const already =
    done === undefined ? "" : `. Already ${verb} ${done.files} files, ${done.bytes} bytes total`;
  return [
    `${doing} ${total.files} files, ${total.bytes} bytes total${already}`,
    ...files.map(file => {
      const connection = file.connection === undefined ? "" : `idx:${file.connection} `;
      return `${file.name} ${file.done}/${file.total} bytes ${way} ${connection}${peer}`;
    }),
  ];
}

function renderOldSession({ peer, sending, receiving }: StreamPlan["sessions"][number]): string[] {
  const way = sending === undefined ? "from" : "to";
  const files = (sending ?? receiving)?.files ?? [];
  if (files.length === 0) return [`Nothing streaming ${way} ${addressText(peer)}`];
  return [`Streaming ${way}: ${addressText(peer)}`, ...files.map(renderOldFile)];
}

function renderOldFile({ name, sections, done, total }: StreamFile): string {
  return `${name} sections=${sections} progress=${done}/${total}`;
}

function renderCompactions({
  pending,
  pendingByTable,
  running,
  remaining,
  totals,
}: CompactionReport): string[] {
  const id = running.some(one => one.id !== undefined) ? "id " : "";
  const time = (seconds: number) =>
    `${Math.floor(seconds / 3600)}h${two(Math.floor(seconds / 60) % 60)}m${two(seconds % 60)}s`;
  return [
    `pending tasks ${pending}`,
    ...pendingByTable.map(({ keyspace, table, tasks }) =>
      totals.length === 0 ? `- ${keyspace}.${table}: ${tasks}` : `${keyspace} ${table} ${tasks}`,
    ),
    ...totals.map(({ name, value }) => `${name} ${value}`),
    ...(running.length === 0 ? [] : [`${id}compaction type keyspace table completed total unit progress`]),
    ...running.map(one => {
      const progress = one.progress === undefined ? "n/a" : `${one.progress.toFixed(2)}%`;
      const words = [one.id, one.kind, one.keyspace, one.table, one.completed, one.total, one.unit, progress];
      return words.filter(word => word !== undefined).join(" ");
    }),
    ...(remaining === undefined ? [] : [`remaining ${remaining === "unknown" ? "n/a" : time(remaining)}`]),
  ];
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}

function renderPools({ pools, dropped }: ThreadPoolReport): string[] {
  const count = (number: number | undefined) => number ?? "N/A";
  const waits = dropped.some(({ waited }) => waited !== undefined);
  return [
    "Pool Name Active Pending Completed Blocked All time blocked",
    ...pools.map(({ name, active, pending, completed, blocked, allTimeBlocked }) =>
      [name, ...[active, pending, completed, blocked, allTimeBlocked].map(count)].join(" "),
    ),
    ...(waits ? ["Latencies waiting in queue (micros) per dropped message types"] : []),
    waits ? "Message type Dropped 50% 95% 99% Max" : "Message type Dropped",
    ...dropped.map(({ message, dropped, waited }) => {
      if (!waits) return `${message} ${dropped}`;
      const { p50, p95, p99, max } = waited ?? {};
      return [message, dropped, ...[p50, p95, p99, max].map(count)].join(" ");
    }),
  ];
}

function renderEvent(event: RepairEvent): string {
  const text = eventText(event);
  return event.at === undefined ? text : `[${event.at}] ${text}`;
}

function eventText(event: RepairEvent): string {
  switch (event.kind) {
    case "start":
      return startText(event);
    case "session": {
      const ranges = event.ranges.map(({ start, end }) => `(${start},${end}]`).join(", ");
      const outcome = event.error === undefined ? "finished" : `failed with error ${event.error}`;
      const progress = event.progress === undefined ? "" : ` (progress: ${event.progress}%)`;
      return `Repair session ${event.id} for range ${ranges} ${outcome}${progress}`;
    }
    case "result":
      return event.succeeded ? "Repair completed successfully" : "Some repair failed";
    case "error":
      return `Repair command #${event.command} failed with error ${event.error}`;
    case "end": {
      const how = event.withError
        ? " with error"
        : event.duration === undefined
          ? ""
          : ` in ${event.duration}`;
      return `Repair command #${event.command} finished${how}`;
    }
    case "nothing":
      return event.because === "nothing to repair"
        ? `Nothing to repair for keyspace '${event.keyspace}'`
        : `Replication factor is 1. No repair is needed for keyspace '${event.keyspace}'`;
    case "lost":
      return event.at === undefined
        ? `There were some lost notification(s). You should check server log for repair status of keyspace ${event.keyspace}`
        : `Lost notification. You should check server log for repair status of keyspace ${event.keyspace}`;
    case "asked": {
      const { answer } = event;
      const said =
        typeof answer === "string"
          ? `discovered repair ${answer}.`
          : `couldn't find repair status for cmd: ${answer.notFound}`;
      return `${event.because} queried for parent session status and ${said}`;
    }
    case "empty":
    case "shutdown":
    case "message":
      return event.text;
  }
}

function startText({
  command,
  parent,
  keyspace,
  ranges,
  options,
}: Extract<RepairEvent, { kind: "start" }>): string {
  const session = parent === undefined ? "" : ` (${parent})`;
  if (options?.startsWith("repair options"))
    return `Starting repair command #${command}${session}, repairing keyspace ${keyspace} with ${options}`;
  const how = options === undefined ? "" : ` ${options}`;
  return `Starting repair command #${command}, repairing ${ranges} ranges for keyspace ${keyspace}${how}`;
}
