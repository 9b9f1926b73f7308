import { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { ConsistencyLevel, HostId, ObservedRing, RingNode } from "../../cassandra/ring/model.ts";
import type { Shortfall } from "../../cassandra/ring/quorum.ts";

/** A node that would leave a range without the replicas that its clients need. */
export interface RefusedNode {
  host: HostName;
  /** All keyspaces that are replicated alike. */
  keyspaces: readonly string[];
  level: ConsistencyLevel;
  /** The data centre whose clients are meant, where the level counts by data centre. */
  dc: string | undefined;
  /** The range (after, upTo] of the ring, decimal text. */
  range: { after: string; upTo: string };
  replicas: readonly HostName[];
  /** The replicas that would be left. */
  left: readonly HostName[];
  needed: number;
}

/** The error (exit 3) that names every refused node with the keyspace, the range and the replicas that would be left. */
export function refusedByRing(
  { ring, refused }: { ring: ObservedRing; refused: readonly RefusedNode[] },
  words: { verb: string; service: string },
): OperatorError {
  const hosts = refused.map(({ host }) => host);
  return new OperatorError(`to ${words.verb} ${words.service} on ${foldNames(hosts)} would lose a quorum`, {
    code: "QUORUM_AT_RISK",
    exit: ExitCode.Refused,
    details: describeRefusals(refused),
    hint: hintFor(ring, refused, words),
  });
}

/** The refusals as lines, one for all nodes with the same keyspaces and numbers; the range of the first is told. */
export function describeRefusals(refused: readonly RefusedNode[]): string[] {
  const alike = Map.groupBy(refused, ({ keyspaces, level, dc, left, needed, replicas }) =>
    JSON.stringify([keyspaces, level, dc, left.length, needed, replicas.length]),
  );
  return [...alike.values()].flatMap(group => {
    const [first] = group;
    if (first === undefined) return [];
    const { keyspaces, level, dc, range, replicas, left, needed } = first;
    const where = dc === undefined ? "" : ` in ${dc}`;
    const of = left.length === 0 ? "none" : `${left.length} (${foldNames(left)})`;
    return [
      `${foldNames(group.map(({ host }) => host))}: ${keyspaces.join(", ")} would have ${of} of the ${replicas.length} replicas ` +
        `${foldNames(replicas)}${where} for the range (${range.after}, ${range.upTo}]; ${level} needs ${needed}`,
    ];
  });
}

function hintFor(ring: ObservedRing, refused: readonly RefusedNode[], words: { service: string }): string {
  const away = ring.nodes.filter(({ state }) => state !== "up").map(({ host }) => host);
  if (away.length > 0) {
    const names = `${words.service} ${foldNames(away)}`;
    return `bring back what is away first: smc start ${names}, or smc restart ${names} where it runs and does not serve`;
  }
  const [keyspace = "KEYSPACE"] = refused.flatMap(({ keyspaces }) => keyspaces);
  return `if clients may be refused meanwhile, add --allow-loss; if nobody reads ${keyspace} so, --consistency ${keyspace}=NONE`;
}

/** What keeps a node from going, with hosts by name. */
export function explainRefusal(ring: ObservedRing, node: RingNode, { demand, left }: Shortfall): RefusedNode {
  const names = new Map(ring.nodes.map(({ id, host }) => [id, host]));
  const hostsOf = (ids: readonly HostId[]): HostName[] => ids.flatMap(id => names.get(id) ?? []);
  return {
    host: node.host,
    keyspaces: demand.keyspaces,
    level: demand.level,
    dc: demand.dc,
    range: { after: String(demand.range.after), upTo: String(demand.range.upTo) },
    replicas: hostsOf(demand.replicas),
    left: hostsOf(left),
    needed: demand.needed,
  };
}
