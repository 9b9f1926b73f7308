import { naturalOrder } from "../../base/natural-order.ts";
import { constraintsAmong, Pairs, type Constraints } from "./constraints.ts";
import { fewestLayers } from "./fewest-layers.ts";
import { firstFit } from "./first-fit.ts";
import type { HostId, RingNode } from "./model.ts";
import type { Demand, Shortfall } from "./quorum.ts";

/** Nodes that may be away together, wave after wave, and those that may not be taken at all. */
export interface Waves {
  waves: readonly (readonly RingNode[])[];
  /** Nodes whose loss alone, beside those that are down already, breaks a demand. */
  refused: readonly { node: RingNode; shortfall: Shortfall }[];
}

export interface WaveRequest {
  /** The nodes to take, each in exactly one wave. One that is down already costs nothing and is never refused. */
  nodes: readonly RingNode[];
  demands: readonly Demand[];
  /** Nodes that are away already and stay so. */
  down: ReadonlySet<HostId>;
  /** An upper bound of a wave, never a permission. */
  maxDown: number;
}

/**
 * Spreads the nodes over as few waves as are found, no wave taking a demand below what it needs. Finding the fewest
 * is graph colouring, NP-hard: the nodes are laid first-fit in several orders (by rack, by data centre and rack, the
 * most constrained first, as given), and the best is improved. The result does not depend on chance.
 */
export function planWaves(request: WaveRequest): Waves {
  const { down, maxDown: width } = request;
  const refused = refusals(request);
  const refusedIds = new Set(refused.map(({ node }) => node.id));
  const nodes = request.nodes.filter(node => !refusedIds.has(node.id));
  const constraints = constraintsAmong(nodes, request.demands, down);
  const attempts = firstAttempts(nodes, constraints, width);
  const waves = fewestLayers(attempts, nodes.length, { constraints, width });
  return { waves: waves.map(wave => wave.flatMap(number => nodes[number] ?? [])), refused };
}

function refusals({ nodes, demands, down }: WaveRequest): Waves["refused"] {
  const first = new Map<HostId, Shortfall>();
  for (const demand of demands) {
    const left = demand.replicas.filter(id => !down.has(id));
    if (left.length > demand.needed) continue;
    for (const id of left) if (!first.has(id)) first.set(id, shortfallWithout(demand, left, id));
  }
  return nodes.flatMap(node => {
    const shortfall = first.get(node.id);
    return shortfall === undefined ? [] : [{ node, shortfall }];
  });
}

function shortfallWithout(demand: Demand, alive: readonly HostId[], id: HostId): Shortfall {
  return { demand, left: alive.filter(other => other !== id) };
}

/**
 * Racks first: nodes of one rack share no range where there are as many racks as replicas, so they go together. The
 * last ones keep neighbours apart as Spotify's cstar does, by rack, so that no ring ever needs more waves than there.
 */
function firstAttempts(nodes: readonly RingNode[], constraints: Constraints, width: number): number[][][] {
  const all = nodes.map((_, number) => number);
  const by = (key: (node: RingNode) => string): number[] => {
    const keys = nodes.map(key);
    return all.toSorted((a, b) => naturalOrder(keys[a] ?? "", keys[b] ?? ""));
  };
  const byCentre = by(({ dc, rack, host }) => `${dc}\0${rack}\0${host}`);
  if (width === 1) return [firstFit(byCentre, { constraints, width })];
  const degrees = all.map(one => all.filter(other => constraints.neighbours.has(one, other)).length);
  const byRack = by(({ rack, dc, host }) => `${rack}\0${dc}\0${host}`);
  const mostConstrained = all.toSorted((a, b) => (degrees[b] ?? 0) - (degrees[a] ?? 0));
  const byRackAlone = by(({ rack }) => rack);
  const { neighbours } = constraints;
  const ofCentre = within(nodes, neighbours);
  return [
    ...[byRack, byCentre, mostConstrained, all].map(order => firstFit(order, { constraints, width })),
    ...[byRackAlone, byRack].flatMap(order =>
      [neighbours, ofCentre].map(apart => firstFit(order, { constraints, width, apart })),
    ),
  ];
}

/** The pairs of nodes of the same data centre. */
function within(nodes: readonly RingNode[], pairs: Pairs): Pairs {
  const same = new Pairs(nodes.length);
  nodes.forEach(({ dc }, one) => {
    nodes.slice(one + 1).forEach((other, index) => {
      const number = one + 1 + index;
      if (other.dc === dc && pairs.has(one, number)) same.addAmong([one, number]);
    });
  });
  return same;
}
