import { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Milliseconds } from "../../base/units.ts";
import { listScript, parseSnapshots, type TableSnapshot } from "../../cassandra/snapshots.ts";
import type { PlannedInstance } from "../../services/planners/planned-instance.ts";
import { accountOf, tablesOf } from "../../services/planners/snapshot.ts";
import { describeEnd } from "../fleet/describe-end.ts";
import { askAll } from "../fleet/fan-out.ts";
import type { RingAsk } from "../contents/ask-ring.ts";

/** A node with a great many files is read within this. */
const LIST_TIMEOUT: Milliseconds = 60_000;

/** The snapshots of one node, or why nobody knows. */
export type NodeSnapshots = { host: HostName } & ({ tables: readonly TableSnapshot[] } | { why: string });

/** Looks for snapshots on the disks of these nodes, all at once. */
export async function lookForSnapshots(
  { context, transport }: RingAsk,
  nodes: readonly PlannedInstance[],
): Promise<readonly NodeSnapshots[]> {
  const byHost = new Map(nodes.map(node => [node.target.name, node]));
  const answers = await askAll<NodeSnapshots[]>({
    context,
    targets: nodes.map(({ target }) => target),
    title: "looking for snapshots",
    concurrency: nodes.length,
    ask: async target => {
      const node = byHost.get(target.name);
      if (node === undefined) return [];
      const limits = { timeout: LIST_TIMEOUT, ...accountOf(node) };
      const result = await transport.connection(target).run(listScript(tablesOf(node)), limits);
      if (result.ok) return [{ host: target.name, tables: parseSnapshots(result.stdout) }];
      return [{ host: target.name, why: `${describeEnd(result.end)} ${result.stderr.trim()}`.trim() }];
    },
  });
  return answers.flat();
}

/** Throws an OperatorError (exit 3) when a node did not answer. */
export function requireAnswers(seen: readonly NodeSnapshots[]): void {
  const details = seen.flatMap(node => ("why" in node ? [`${node.host}: ${node.why}`] : []));
  if (details.length === 0) return;
  throw new OperatorError("not every node tells which snapshots it has: nothing was touched", {
    code: "SNAPSHOTS_UNKNOWN",
    exit: ExitCode.Refused,
    details,
    hint: "smc status cassandra  shows the nodes; --on leaves some out",
  });
}

/** One snapshot, over all nodes that have it. */
export interface Snapshot {
  name: string;
  keyspaces: readonly string[];
  tables: number;
  hosts: readonly HostName[];
  /** The sum over the nodes. */
  size: number;
  takenAt: number;
}

/** The snapshots by name, oldest first. */
export function snapshotsOf(seen: readonly NodeSnapshots[]): Snapshot[] {
  const all = seen.flatMap(node =>
    "tables" in node ? node.tables.map(table => ({ host: node.host, ...table })) : [],
  );
  const snapshots = [...Map.groupBy(all, ({ snapshot }) => snapshot)].map(([name, parts]) => ({
    name,
    keyspaces: [...new Set(parts.map(({ keyspace }) => keyspace))].sort(),
    tables: new Set(parts.map(({ keyspace, table }) => `${keyspace}.${table}`)).size,
    hosts: [...new Set(parts.map(({ host }) => host))],
    size: parts.reduce((sum, { size }) => sum + size, 0),
    takenAt: Math.min(...parts.map(({ takenAt }) => takenAt)),
  }));
  return snapshots.sort((a, b) => a.takenAt - b.takenAt || (a.name < b.name ? -1 : 1));
}

/** The hosts of a snapshot in few words: `all 3 nodes`, `db[1-2], not db3`. */
export function describeHosts({ hosts }: Snapshot, asked: readonly HostName[]): string {
  const missing = asked.filter(host => !hosts.includes(host));
  return missing.length === 0
    ? `all ${asked.length} nodes`
    : `${foldNames(hosts)}, not ${foldNames(missing)}`;
}
