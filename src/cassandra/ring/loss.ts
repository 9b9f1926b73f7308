import type { HostName } from "../../base/names.ts";
import type { ConsistencyLevel, HostId, ObservedRing } from "./model.ts";
import { demandsOf, shortfalls, type KeyspaceLevels, type Shortfall } from "./quorum.ts";

/** Keyspaces that cannot serve their clients while some nodes are away; hosts by name. */
export interface Loss {
  /** All that are replicated alike. */
  keyspaces: readonly string[];
  level: ConsistencyLevel;
  /** The data centre whose clients are meant, where the level counts by data centre. */
  dc: string | undefined;
  /** How many different sets of replicas have too few left. */
  sets: number;
  /** One of the ranges concerned: (after, upTo], decimal text. */
  range: { after: string; upTo: string };
  replicas: readonly HostName[];
  left: readonly HostName[];
  needed: number;
}

/** What is lost while all of `away` are, one entry for keyspaces that are replicated alike and data centre. */
export function lossOf(
  rule: { ring: ObservedRing; level: ConsistencyLevel; levels: KeyspaceLevels },
  away: ReadonlySet<HostId>,
): Loss[] {
  const { ring, level, levels } = rule;
  const lost = shortfalls(demandsOf(ring, level, levels), away);
  const alike = Map.groupBy(lost, ({ demand }) => JSON.stringify([demand.keyspaces, demand.dc]));
  const names = new Map(ring.nodes.map(({ id, host }) => [id, host]));
  return [...alike.values()].flatMap(group => {
    const worst = group.reduce<Shortfall | undefined>(
      (a, b) => (a === undefined || b.left.length < a.left.length ? b : a),
      undefined,
    );
    return worst === undefined ? [] : [toLoss(worst, group.length, id => names.get(id) ?? id)];
  });
}

function toLoss({ demand, left }: Shortfall, sets: number, nameOf: (id: HostId) => HostName): Loss {
  return {
    keyspaces: demand.keyspaces,
    level: demand.level,
    dc: demand.dc,
    sets,
    range: { after: String(demand.range.after), upTo: String(demand.range.upTo) },
    replicas: demand.replicas.map(nameOf),
    left: left.map(nameOf),
    needed: demand.needed,
  };
}
