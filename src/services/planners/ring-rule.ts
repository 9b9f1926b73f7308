import { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import type { HostName } from "../../base/names.ts";
import { naturalOrder } from "../../base/natural-order.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { ConsistencyLevel, HostId, ObservedRing, RingNode } from "../../cassandra/ring/model.ts";
import { demandsOf, nodesAway, shortfalls, type KeyspaceLevels } from "../../cassandra/ring/quorum.ts";
import { planWaves } from "../../cassandra/ring/waves.ts";
import { explainRefusal, type RefusedNode } from "./ring-refusal.ts";

/** What is to be kept while nodes of a ring are taken away. */
export interface RingRule {
  ring: ObservedRing;
  /** The level that clients use, and what it is for single keyspaces instead. */
  level: ConsistencyLevel;
  levels: KeyspaceLevels;
  /** The most nodes that may be away at a time, those that are down already counted; never a permission. */
  maxDown: number | undefined;
}

/** Which nodes may go together, and which may not go at all. Hosts by their names in the services file. */
export interface RingDecision {
  ring: ObservedRing;
  /** One after the other; the nodes of one at the same time. */
  waves: readonly (readonly HostName[])[];
  refused: readonly RefusedNode[];
  /** Nodes that are no live replica now. */
  away: readonly RingNode[];
}

/** Decides the waves of a restart of these hosts: `width` of them at a time at most. Throws an OperatorError (exit 3) where `maxDown` allows none. */
export function decideRestart(rule: RingRule, hosts: readonly HostName[], width: number): RingDecision {
  const { ring } = rule;
  refuseMovement(ring);
  const down = nodesAway(ring);
  const nodes = nodesOn(ring, hosts);
  const live = nodes.filter(({ id }) => !down.has(id));
  const allowed = (rule.maxDown ?? Infinity) - down.size;
  if (live.length > 0 && allowed < 1) throw tooManyDown(rule, down.size + 1);
  const demands = demandsOf(ring, rule.level, rule.levels);
  const { waves, refused } = planWaves({
    nodes,
    demands,
    down,
    maxDown: Math.max(1, Math.min(width, allowed)),
  });
  return {
    ring,
    waves: waves.map(namesOf),
    refused: refused.map(({ node, shortfall }) => explainRefusal(ring, node, shortfall)),
    away: ring.nodes.filter(({ id }) => down.has(id)),
  };
}

/** Decides whether these hosts may all be away at the same time. The whole ring may: that is what was asked for. */
export function decideStop(rule: RingRule, hosts: readonly HostName[]): RingDecision {
  const { ring } = rule;
  const nodes = nodesOn(ring, hosts);
  const down = nodesAway(ring);
  const away = new Set<HostId>([...down, ...nodes.map(({ id }) => id)]);
  const whole = nodes.length === ring.nodes.length;
  if (!whole) refuseMovement(ring);
  const goes = nodes.some(({ id }) => !down.has(id));
  if (!whole && goes && away.size > (rule.maxDown ?? Infinity)) throw tooManyDown(rule, away.size);
  return {
    ring,
    waves: [namesOf(nodes)],
    refused: whole ? [] : refusalsOf(rule, nodes, away),
    away: ring.nodes.filter(({ id }) => down.has(id)),
  };
}

/** What is lost while `nodes` are away beside all others of `away`: for each node that takes part, the first range. */
function refusalsOf(
  { ring, level, levels }: RingRule,
  nodes: readonly RingNode[],
  away: ReadonlySet<HostId>,
): RefusedNode[] {
  const lost = shortfalls(demandsOf(ring, level, levels), away);
  const going = nodes.filter(({ state }) => state === "up");
  return going.flatMap(node => {
    const shortfall = lost.find(({ demand }) => demand.replicas.includes(node.id));
    return shortfall === undefined ? [] : [explainRefusal(ring, node, shortfall)];
  });
}

/** While a node comes or goes, writes need its replicas too, and what streams would break. */
function refuseMovement({ nodes }: ObservedRing): void {
  const moving = nodes.filter(({ mode }) => mode !== "normal");
  if (moving.length === 0) return;
  throw new OperatorError("the ring is changing: no node of it may be taken away meanwhile", {
    code: "RING_CHANGES",
    exit: ExitCode.Refused,
    details: moving.map(({ host, mode }) => `${host} is ${mode}`),
    hint: "wait until smc ring shows every node as normal",
  });
}

function tooManyDown({ ring, maxDown }: RingRule, wanted: number): OperatorError {
  const away = ring.nodes.filter(({ state }) => state !== "up").map(({ host }) => host);
  const already = away.length === 0 ? "none is" : `${foldNames(away)} ${away.length === 1 ? "is" : "are"}`;
  return new OperatorError(`--max-down ${maxDown} allows no more: ${already} down already`, {
    code: "MAX_DOWN",
    exit: ExitCode.Refused,
    hint: `--max-down ${wanted} would, as far as every quorum is kept`,
  });
}

function nodesOn(ring: ObservedRing, hosts: readonly HostName[]): RingNode[] {
  const wanted = new Set(hosts);
  return ring.nodes.filter(({ host }) => wanted.has(host));
}

function namesOf(nodes: readonly RingNode[]): HostName[] {
  return nodes.map(({ host }) => host).toSorted(naturalOrder);
}
