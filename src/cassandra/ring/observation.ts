import type { GossipPeer } from "../ring-view.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Keyspace, ObservedRing, Partitioner, RingNode, Token } from "./model.ts";
import type { NodeView, NotedNode } from "./view.ts";

/** What all nodes that answered told, put together. */
export interface Observation {
  ring: ObservedRing;
  /** Who hears nothing of whom, or hears that it is not in the ring in the normal way; addresses. */
  opinions: readonly Opinion[];
  /** What the nodes tell differently of the same thing, one line each: while there is any, nothing can be promised. */
  disagreements: readonly string[];
}

/** What some nodes think of another one that is not simply up. */
export interface Opinion {
  of: string;
  /** `not heard of`, `shutdown`, `BOOT`, … */
  state: string;
  by: readonly string[];
}

/** What the merging needs beside the views. */
export interface Looks {
  views: readonly NodeView[];
  /** The tokens of all other nodes as one of them has noted them, by address. */
  tokens: ReadonlyMap<string, readonly Token[]>;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Gossip's words for a node that holds its ranges. */
const IN_PLACE = ["NORMAL", "shutdown"];
const MODES: Readonly<Record<string, RingNode["mode"]>> = {
  NORMAL: "normal",
  shutdown: "normal",
  LEAVING: "leaving",
  MOVING: "moving",
  BOOT: "joining",
  BOOT_REPLACE: "joining",
  hibernate: "joining",
};

/**
 * Puts the views of a ring together. A node is up when it answered and everybody who answered hears of it; down when it
 * did not and nobody does; else nobody can tell. Throws an OperatorError when there is no view, or for a ring that smc
 * does not know.
 */
export function mergeViews({ views, tokens, now }: Looks): Observation {
  const [first] = views;
  if (first === undefined) throw nobodyAnswered();
  const noted = notedNodes(views);
  const nodes = noted.map(node => nodeOf(node, views, tokens));
  return {
    ring: {
      version: 1,
      observedAt: new Date(now).toISOString(),
      partitioner: partitionerOf(first.self.partitioner),
      nodes,
      keyspaces: first.keyspaces,
    },
    opinions: opinionsOf(views),
    disagreements: [
      ...differences("partitioner", views, ({ self }) => self.partitioner),
      ...noted.flatMap(node => placeDifferences(node, views)),
      ...keyspaceDifferences(first.keyspaces, views),
      ...tokenDifferences(views, tokens),
    ],
  };
}

/** Every node that anybody knows, by its own words where it answered; those that only gossip knows are on their way in. */
function notedNodes(views: readonly NodeView[]): NotedNode[] {
  const nodes = new Map<string, NotedNode>(views.map(({ self }) => [self.address, self]));
  for (const { peers } of views) {
    for (const peer of peers) if (!nodes.has(peer.address)) nodes.set(peer.address, peer);
  }
  for (const { gossip } of views) {
    for (const { address, release, schema } of gossip) {
      if (nodes.has(address)) continue;
      nodes.set(address, { id: address, address, dc: "unknown", rack: "unknown", release, schema });
    }
  }
  return [...nodes.values()];
}

function nodeOf(
  noted: NotedNode,
  views: readonly NodeView[],
  tokens: ReadonlyMap<string, readonly Token[]>,
): RingNode {
  const { id, address, dc, rack, release, schema } = noted;
  const own = views.find(({ self }) => self.address === address)?.self;
  const held = own?.tokens ?? tokens.get(address) ?? [];
  return {
    id,
    host: address,
    address,
    dc,
    rack,
    tokens: held,
    state: stateOf(address, views),
    mode: modeOf(address, views, held.length > 0),
    release,
    schema,
  };
}

function stateOf(address: string, views: readonly NodeView[]): RingNode["state"] {
  const answered = views.some(({ self }) => self.address === address);
  const others = views.filter(({ self }) => self.address !== address);
  const hearing = others.filter(view => hears(view, address)).length;
  if (answered) return hearing === others.length ? "up" : "unknown";
  return hearing === 0 ? "down" : "unknown";
}

function hears(view: NodeView, address: string): boolean {
  const peer = view.gossip.find(one => one.address === address);
  return peer !== undefined && peer.status !== "shutdown" && !view.silent.includes(address);
}

/** The words of those who hear of it. A node that restarted while another was down knows that one's tokens, and no status. */
function modeOf(address: string, views: readonly NodeView[], hasTokens: boolean): RingNode["mode"] {
  const told = views.flatMap(({ gossip }) => gossip.filter(peer => peer.address === address));
  const modes = told.flatMap(({ status }) => MODES[status] ?? []);
  const changing = modes.find(mode => mode !== "normal");
  return changing ?? modes[0] ?? (hasTokens ? "normal" : "joining");
}

function opinionsOf(views: readonly NodeView[]): Opinion[] {
  const opinions = views.flatMap(({ self, peers, gossip, silent }) => {
    const heard = gossip.flatMap(peer => thought(peer, silent).map(state => ({ of: peer.address, state })));
    const unheard = peers.filter(({ address }) => !gossip.some(peer => peer.address === address));
    const all = [...heard, ...unheard.map(({ address }) => ({ of: address, state: "not heard of" }))];
    return all.map(opinion => ({ ...opinion, by: self.address }));
  });
  const alike = Map.groupBy(opinions, ({ of, state }) => `${of} ${state}`);
  return [...alike.values()].flatMap(group => {
    const [one] = group;
    return one === undefined ? [] : [{ of: one.of, state: one.state, by: group.map(({ by }) => by) }];
  });
}

function thought({ address, status }: GossipPeer, silent: readonly string[]): string[] {
  if (!IN_PLACE.includes(status) && status !== "unknown") return [status];
  if (status === "shutdown") return [status];
  return silent.includes(address) ? ["not heard of"] : [];
}

/** The identity and place of one node, by everybody who has noted it, and who has not noted it at all. */
function placeDifferences(node: NotedNode, views: readonly NodeView[]): string[] {
  const place = ({ id, dc, rack }: NotedNode): string => `${id} in ${dc} ${rack}`;
  const seen = views.map(view => {
    const found = [view.self, ...view.peers].find(({ address }) => address === node.address);
    return { by: view.self.address, place: found === undefined ? undefined : place(found) };
  });
  // Before it has joined, nobody notes a node.
  const members = seen.filter(one => one.place !== undefined);
  if (members.length === 0) return [];
  const lacking = seen.filter(one => one.place === undefined).map(({ by }) => by);
  const wrong = members.filter(one => one.place !== place(node));
  return [
    ...(lacking.length === 0 ? [] : [`${node.address} is not in the ring of ${lacking.join(", ")}`]),
    ...wrong.map(one => `${node.address} is ${place(node)}, and for ${one.by} ${one.place ?? ""}`),
  ];
}

function keyspaceDifferences(keyspaces: readonly Keyspace[], views: readonly NodeView[]): string[] {
  const names = new Set([...keyspaces, ...views.flatMap(view => view.keyspaces)].map(({ name }) => name));
  return [...names].flatMap(name =>
    differences(`replication of ${name}`, views, view => {
      const found = view.keyspaces.find(keyspace => keyspace.name === name);
      return found === undefined ? "no such keyspace" : describeReplication(found);
    }),
  );
}

function describeReplication({ replication }: Keyspace): string {
  if (replication.strategy !== "network") return JSON.stringify(replication);
  return JSON.stringify(Object.entries(replication.factors).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function tokenDifferences(views: readonly NodeView[], tokens: Looks["tokens"]): string[] {
  const listed = (list: readonly Token[]): string => list.map(String).sort().join(" ");
  return views.flatMap(({ self }) => {
    const noted = tokens.get(self.address);
    // The node that was asked for the tokens has not noted its own there.
    if (noted === undefined || listed(noted) === listed(self.tokens)) return [];
    return [`${self.address} has other tokens than its peers have noted`];
  });
}

function differences(what: string, views: readonly NodeView[], of: (view: NodeView) => string): string[] {
  const answers = Map.groupBy(views, of);
  if (answers.size < 2) return [];
  const told = [...answers].map(
    ([answer, group]) => `${answer} by ${group.map(({ self }) => self.address).join(", ")}`,
  );
  return [`${what}: ${told.join("; ")}`];
}

/** The partitioner as smc knows it. Throws an OperatorError for another one. */
export function partitionerOf(name: string): Partitioner {
  if (name === "Murmur3Partitioner" || name === "RandomPartitioner") return name;
  throw new OperatorError(`smc does not know the ring of ${name}`, {
    code: "PARTITIONER_UNKNOWN",
    hint: "it knows Murmur3Partitioner and RandomPartitioner",
  });
}

function nobodyAnswered(): OperatorError {
  return new OperatorError("no node of the ring answered, so nothing is known of it", {
    code: "RING_UNKNOWN",
  });
}
