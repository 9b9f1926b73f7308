import { describe, expect, it } from "vitest";
import { mergeViews, type Observation } from "../../../src/cassandra/ring/observation.ts";
import type { NodeView, NotedNode } from "../../../src/cassandra/ring/view.ts";
import type { GossipPeer } from "../../../src/cassandra/ring-view.ts";

const NAMES = ["a", "b", "c"];

describe("mergeViews", () => {
  it("puts a ring together in which all agree", () => {
    const { ring, opinions, disagreements } = merge(NAMES.map(name => view(name)));
    expect(opinions).toEqual([]);
    expect(disagreements).toEqual([]);
    expect(ring).toMatchObject({ partitioner: "Murmur3Partitioner", observedAt: "2026-01-02T03:04:05.000Z" });
    expect(ring.nodes).toEqual(
      NAMES.map((name, index) => ({
        id: `id-${name}`,
        host: name,
        address: name,
        dc: "DC0",
        rack: "R1",
        tokens: [BigInt(index * 10)],
        state: "up",
        mode: "normal",
        release: "5.0.6",
        schema: "s",
      })),
    );
  });

  it("takes a node for down only when it did not answer and nobody hears of it", () => {
    const views = ["a", "b"].map(name => view(name, { silent: ["c"] }));
    const { ring, opinions } = merge(views);
    expect(statesOf(ring)).toEqual(["a up", "b up", "c down"]);
    expect(ring.nodes[2]?.tokens).toEqual([20n]);
    expect(opinions).toEqual([{ of: "c", state: "not heard of", by: ["a", "b"] }]);
  });

  it("cannot tell of a node that did not answer and that somebody hears of", () => {
    expect(statesOf(merge([view("a", { silent: ["c"] }), view("b")]).ring)).toEqual([
      "a up",
      "b up",
      "c unknown",
    ]);
    expect(statesOf(merge([view("a"), view("b")]).ring)).toEqual(["a up", "b up", "c unknown"]);
  });

  it("cannot tell of a node that answered and that somebody does not hear of", () => {
    const views = [view("a", { silent: ["c"] }), view("b"), view("c")];
    expect(statesOf(merge(views).ring)).toEqual(["a up", "b up", "c unknown"]);
  });

  it("believes a node that said that it stops", () => {
    const gossip = { c: "shutdown" };
    const { ring, opinions } = merge([view("a", { gossip }), view("b", { gossip })]);
    expect(statesOf(ring)).toEqual(["a up", "b up", "c down"]);
    expect(ring.nodes[2]?.mode).toBe("normal");
    expect(opinions).toEqual([{ of: "c", state: "shutdown", by: ["a", "b"] }]);
  });

  it.each([
    ["LEAVING", "leaving"],
    ["MOVING", "moving"],
    ["BOOT", "joining"],
    ["hibernate", "joining"],
  ])("knows a node that is %s by one who says so", (status, mode) => {
    const { ring, opinions } = merge([view("a", { gossip: { c: status } }), view("b"), view("c")]);
    expect(ring.nodes[2]?.mode).toBe(mode);
    expect(opinions).toEqual([{ of: "c", state: status, by: ["a"] }]);
  });

  it("knows a node that joins though nobody has noted it, and one whose status nobody has heard since", () => {
    const views = NAMES.map(name => view(name, { gossip: { d: "BOOT" } }));
    const joining = merge(views).ring.nodes.find(({ address }) => address === "d");
    expect(joining).toMatchObject({ mode: "joining", tokens: [] });
    const restarted = ["a", "b"].map(name => view(name, { gossip: { c: "unknown" }, silent: ["c"] }));
    expect(merge(restarted).ring.nodes[2]).toMatchObject({ mode: "normal", state: "down" });
  });

  it.each<[string, Partial<ViewWords>, string]>([
    ["rack", { rack: { b: "R9" } }, "b is id-b in DC0 R1, and for c id-b in DC0 R9"],
    [
      "partitioner",
      { partitioner: "RandomPartitioner" },
      "partitioner: Murmur3Partitioner by a, b; RandomPartitioner by c",
    ],
    ["keyspace", { factor: 2 }, 'replication of site: [["DC0",3]] by a, b; [["DC0",2]] by c'],
    ["ring", { unknown: ["b"] }, "b is not in the ring of c"],
  ])("names a node that tells of another %s", (_, words, line) => {
    expect(merge([view("a"), view("b"), view("c", words)]).disagreements).toEqual([line]);
  });

  it("names a node whose tokens its peers have noted otherwise", () => {
    const views = NAMES.map(name => view(name));
    const tokens = new Map([["b", [11n]]]);
    expect(mergeViews({ views, tokens, now: 0 }).disagreements).toEqual([
      "b has other tokens than its peers have noted",
    ]);
  });

  it("refuses a ring that nobody told of, and one of a partitioner that it does not know", () => {
    expect(() => merge([])).toThrow("no node of the ring answered");
    expect(() => merge([view("a", { partitioner: "ByteOrderedPartitioner" })])).toThrow(
      "ByteOrderedPartitioner",
    );
  });
});

interface ViewWords {
  silent: string[];
  /** Status by address, where it is not NORMAL. */
  gossip: Readonly<Record<string, string>>;
  rack: Readonly<Record<string, string>>;
  partitioner: string;
  factor: number;
  /** Nodes that it has not noted. */
  unknown: string[];
}

function merge(views: readonly NodeView[]): Observation {
  const tokens = new Map(NAMES.slice(1).map((name, index) => [name, [BigInt((index + 1) * 10)]]));
  return mergeViews({ views, tokens, now: Date.parse("2026-01-02T03:04:05Z") });
}

function view(name: string, words: Partial<ViewWords> = {}): NodeView {
  const noted = (of: string): NotedNode => ({
    id: `id-${of}`,
    address: of,
    dc: "DC0",
    rack: words.rack?.[of] ?? "R1",
    release: "5.0.6",
    schema: "s",
  });
  const gossip = [...new Set([...NAMES, ...Object.keys(words.gossip ?? {})])].map((address): GossipPeer => ({
    address,
    generation: 1,
    heartbeat: 1,
    status: words.gossip?.[address] ?? "NORMAL",
    schema: "s",
    release: "5.0.6",
  }));
  return {
    self: {
      ...noted(name),
      tokens: [BigInt(NAMES.indexOf(name) * 10)],
      partitioner: words.partitioner ?? "Murmur3Partitioner",
    },
    peers: NAMES.filter(other => other !== name && words.unknown?.includes(other) !== true).map(noted),
    keyspaces: [{ name: "site", replication: { strategy: "network", factors: { DC0: words.factor ?? 3 } } }],
    gossip,
    silent: words.silent ?? [],
  };
}

function statesOf({ nodes }: Observation["ring"]): string[] {
  return nodes.map(({ address, state }) => `${address} ${state}`);
}
