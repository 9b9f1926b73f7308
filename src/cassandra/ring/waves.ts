import type { HostId, RingNode } from "./model.ts";
import { shortfalls, type Demand, type Shortfall } from "./quorum.ts";

/** Nodes that may be away together, wave after wave, and those that may not be taken at all. */
export interface Waves {
  waves: readonly (readonly RingNode[])[];
  /** Nodes whose loss alone, beside those that are down already, breaks a demand. */
  refused: readonly { node: RingNode; shortfall: Shortfall }[];
}

export interface WaveRequest {
  /** The nodes to take, each in exactly one wave. */
  nodes: readonly RingNode[];
  demands: readonly Demand[];
  /** Nodes that are away already and stay so. */
  down: ReadonlySet<HostId>;
  /** An upper bound of a wave, never a permission. */
  maxDown: number;
}

/** For each demand that a node takes part in, how many of its replicas may still go. */
type Slack = Map<Demand, number>;

/** Rounds of improvement: beyond these, more found no fewer waves in the rings that were tried. */
const ROUNDS = 60;

/**
 * Spreads the nodes over as few waves as are found, no wave taking a demand below what it needs. Finding the fewest
 * is graph colouring, NP-hard: the nodes are laid first-fit in several orders (by rack, by data centre and rack, the
 * most constrained first, as given), and the best is improved by laying whole waves again in other orders, which
 * never needs more of them (J. Culberson, "Iterated Greedy Graph Coloring", 1992; it holds here since every part of a
 * wave that is safe is safe too). The result does not depend on chance.
 */
export function planWaves(request: WaveRequest): Waves {
  const index = indexByNode(request.demands);
  const refused = request.nodes.flatMap(node => refusal(request, index, node));
  const refusedIds = new Set(refused.map(({ node }) => node.id));
  const takeable = request.nodes.filter(node => !refusedIds.has(node.id));
  const attempts = orders(takeable, index).map(order => firstFit(request, index, order));
  const best = attempts.reduce((a, b) => (b.length < a.length ? b : a), attempts[0] ?? []);
  return { waves: improve(request, index, best), refused };
}

function improve(request: WaveRequest, index: DemandIndex, start: RingNode[][]): RingNode[][] {
  const random = sequence(start.length);
  let best = start;
  let current = start;
  for (let round = 0; round < ROUNDS && best.length > 1; round += 1) {
    current = firstFit(request, index, relaid(current, round, random).flat());
    if (current.length < best.length) best = current;
  }
  return best;
}

/** The waves in another order: reversed, the largest first, or shuffled, in turn. */
function relaid(waves: readonly RingNode[][], round: number, random: () => number): RingNode[][] {
  if (round % 3 === 0) return waves.toReversed();
  if (round % 3 === 1) return waves.toSorted((a, b) => b.length - a.length);
  const keyed = waves.map(wave => ({ wave, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ wave }) => wave);
}

/** Numbers in [0, 1) that are the same on every run (the minimal standard generator of Park and Miller, 1988). */
function sequence(seed: number): () => number {
  let state = (seed % 2147483646) + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

type DemandIndex = ReadonlyMap<HostId, readonly Demand[]>;

function indexByNode(demands: readonly Demand[]): DemandIndex {
  const index = new Map<HostId, Demand[]>();
  for (const demand of demands) {
    for (const replica of demand.replicas) {
      const known = index.get(replica);
      if (known === undefined) index.set(replica, [demand]);
      else known.push(demand);
    }
  }
  return index;
}

function refusal(request: WaveRequest, index: DemandIndex, node: RingNode): Waves["refused"] {
  const away = new Set([...request.down, node.id]);
  const shortfall = shortfalls(index.get(node.id) ?? [], away)[0];
  return shortfall === undefined ? [] : [{ node, shortfall }];
}

/** Racks first: nodes of one rack share no range where there are as many racks as replicas, so they go together. */
function orders(nodes: readonly RingNode[], index: DemandIndex): RingNode[][] {
  const degree = (node: RingNode): number => index.get(node.id)?.length ?? 0;
  const by = (key: (node: RingNode) => string): RingNode[] =>
    nodes.toSorted((a, b) => key(a).localeCompare(key(b), "en", { numeric: true }));
  return [
    by(node => `${node.rack}\0${node.dc}\0${node.host}`),
    by(node => `${node.dc}\0${node.rack}\0${node.host}`),
    nodes.toSorted((a, b) => degree(b) - degree(a)),
    [...nodes],
  ];
}

/** Each node goes into the first wave that bears it. */
function firstFit(request: WaveRequest, index: DemandIndex, order: readonly RingNode[]): RingNode[][] {
  const waves: { nodes: RingNode[]; slack: Slack }[] = [];
  for (const node of order) {
    const demands = index.get(node.id) ?? [];
    const open = waves.find(
      wave =>
        wave.nodes.length < request.maxDown &&
        demands.every(demand => slackOf(request, wave.slack, demand) > 0),
    );
    const wave = open ?? { nodes: [], slack: new Map<Demand, number>() };
    if (open === undefined) waves.push(wave);
    wave.nodes.push(node);
    for (const demand of demands) wave.slack.set(demand, slackOf(request, wave.slack, demand) - 1);
  }
  return waves.map(wave => wave.nodes);
}

function slackOf(request: WaveRequest, slack: Slack, demand: Demand): number {
  const known = slack.get(demand);
  if (known !== undefined) return known;
  const alive = demand.replicas.filter(replica => !request.down.has(replica)).length;
  return alive - demand.needed;
}
