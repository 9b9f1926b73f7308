import { NodetoolOutput } from "./output.ts";
import { COUNT, parseAddressList, UUID, type NodeAddress } from "./values.ts";

export interface ClusterDescription {
  name: string;
  /** Class name; the wrong one before 3.11.2, where the dynamic snitch hides it (CASSANDRA-13528). */
  snitch: string;
  /** Printed from 3.11.2 on. */
  dynamicSnitch: boolean | undefined;
  /** Class name. */
  partitioner: string;
  /** Who has which schema. One element is agreement, but two major releases never have the same. */
  schemas: readonly SchemaVersion[];
  /** Nodes that the one asked could not ask. */
  unreachable: readonly NodeAddress[];
  /** Printed from 4.0 on. */
  details: ClusterDetails | undefined;
  /** Remarks (`Note:`, `Error:`) on ownership, which this command does not print. */
  notes: readonly string[];
}

interface SchemaVersion {
  version: string;
  nodes: readonly NodeAddress[];
}

export interface ClusterDetails {
  counts: Readonly<Record<"live" | "joining" | "moving" | "leaving" | "unreachable", number>>;
  dataCentres: readonly { name: string; nodes: number; down: number }[];
  /** Who runs which release, `5.0.6`. */
  releases: readonly { release: string; nodes: readonly NodeAddress[] }[];
  keyspaces: readonly DescribedKeyspace[];
}

interface DescribedKeyspace {
  name: string;
  /** Class name without its package, `NetworkTopologyStrategy`. */
  strategy: string;
  /** `{DC0: "3"}`, `{replication_factor: "3"}`. */
  options: Readonly<Record<string, string>>;
}

const UNREACHABLE = "UNREACHABLE";
const SCHEMA = new RegExp(String.raw`^\t\t(${UUID}|${UNREACHABLE}): \[(.*)\]$`);
const DATA_CENTRE = new RegExp(String.raw`^\t(.+) #Nodes: (${COUNT}) #Down: (${COUNT})$`);

/**
 * Reads `nodetool describecluster`. The formats are those of NodeCmd.printClusterDescription (1.2, 2.0) and DescribeCluster.
 * Throws an OperatorError that names the line when there is one that it does not know.
 */
export function parseDescribeCluster(output: string): ClusterDescription {
  const lines = new NodetoolOutput("describecluster", output);
  lines.expect(/^Cluster Information:$/, "Cluster Information:");
  const [name = ""] = lines.expect(/^\tName: (.+)$/, "Name: …");
  const [snitch = ""] = lines.expect(/^\tSnitch: (\S+)$/, "Snitch: …");
  const dynamic = lines.match(/^\tDynamicEndPointSnitch: (enabled|disabled)$/)?.[0];
  const [partitioner = ""] = lines.expect(/^\tPartitioner: (\S+)$/, "Partitioner: …");
  lines.expect(/^\tSchema versions:$/, "Schema versions:");
  const groups = lines.many(() => readGroup(lines, SCHEMA));
  if (groups.length === 0) throw lines.unreadable("a schema version");
  lines.distinct(
    groups.map(({ version }) => version),
    "schema version",
  );
  const notes: string[] = [];
  const details = readDetails(lines, notes);
  notes.push(...lines.many(() => lines.match(/^Note: (.+)$/)).map(([note = ""]) => note));
  lines.end("a schema version or a section");
  return {
    name,
    snitch,
    dynamicSnitch: dynamic === undefined ? undefined : dynamic === "enabled",
    partitioner,
    schemas: groups.filter(({ version }) => version !== UNREACHABLE),
    unreachable: groups.filter(({ version }) => version === UNREACHABLE).flatMap(({ nodes }) => nodes),
    details,
    notes,
  };
}

function readGroup(lines: NodetoolOutput, pattern: RegExp): SchemaVersion | undefined {
  const groups = lines.match(pattern);
  if (groups === undefined) return undefined;
  const [version = "", list = ""] = groups;
  const nodes = parseAddressList(list);
  if (nodes === undefined || nodes.length === 0) throw lines.unreadable("addresses of nodes", true);
  return { version, nodes };
}

/** The sections of 4.0 and later. Ownership that means nothing is remarked in the middle of them, or (5.0) below all. */
function readDetails(lines: NodetoolOutput, notes: string[]): ClusterDetails | undefined {
  if (lines.match(/^Stats for all nodes:$/) === undefined) return undefined;
  const counts = {
    live: readCount(lines, "Live"),
    joining: readCount(lines, "Joining"),
    moving: readCount(lines, "Moving"),
    leaving: readCount(lines, "Leaving"),
    unreachable: readCount(lines, "Unreachable"),
  };
  const [error] = lines.match(/^Error: (.+)$/) ?? [];
  if (error !== undefined) notes.push(error);
  lines.expect(/^Data Centers:$/, "Data Centers:");
  const dataCentres = lines.many(() => readDataCentre(lines));
  lines.expect(/^Database versions:$/, "Database versions:");
  const releases = lines.many(() => readGroup(lines, /^\t(\d+\.\S+): \[(.*)\]$/));
  if (releases.length === 0) throw lines.unreadable("a release and its nodes");
  lines.expect(/^Keyspaces:$/, "Keyspaces:");
  const keyspaces = lines.many(() => readKeyspace(lines));
  return {
    counts,
    dataCentres,
    releases: releases.map(({ version, nodes }) => ({ release: version, nodes })),
    keyspaces,
  };
}

function readCount(lines: NodetoolOutput, name: string): number {
  return Number(lines.expect(new RegExp(`^\\t${name}: (${COUNT})$`), `${name}: and a number`)[0]);
}

function readDataCentre(lines: NodetoolOutput): ClusterDetails["dataCentres"][number] | undefined {
  const groups = lines.match(DATA_CENTRE);
  if (groups === undefined) return undefined;
  const [name = "", nodes, down] = groups;
  return { name, nodes: Number(nodes), down: Number(down) };
}

function readKeyspace(lines: NodetoolOutput): DescribedKeyspace | undefined {
  const groups = lines.match(/^\t(\w+) -> Replication class: ([\w.]+) \{(.*)\}$/);
  if (groups === undefined) return undefined;
  const [name = "", strategy = "", list = ""] = groups;
  const options =
    list === "" ? [] : list.split(", ").map(option => /^([^=]+)=([^=]+)$/.exec(option)?.slice(1));
  const pairs = options.map(([key = "", value = ""] = []) => [key, value] as const);
  if (pairs.some(([key]) => key === "")) throw lines.unreadable("options of a replication strategy", true);
  lines.distinct(
    pairs.map(([key]) => key),
    "option",
  );
  return { name, strategy, options: Object.fromEntries(pairs) };
}
