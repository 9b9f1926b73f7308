import fc from "fast-check";
import type { Keyspace, ObservedRing, RingNode } from "../../../src/cassandra/ring/model.ts";

export interface Shape {
  centres: number;
  racks: number;
  nodes: number;
  tokens: number;
  factor: number;
}

/** Rings of all kinds: one or more data centres and racks, vnodes or single tokens, several keyspaces. */
export const anyRing: fc.Arbitrary<ObservedRing> = fc
  .record({
    centres: fc.integer({ min: 1, max: 3 }),
    racks: fc.integer({ min: 1, max: 4 }),
    nodes: fc.integer({ min: 1, max: 14 }),
    tokens: fc.integer({ min: 1, max: 4 }),
    factor: fc.integer({ min: 1, max: 5 }),
    seed: fc.integer({ min: 1, max: 2 ** 30 }),
  })
  .map(shape => ringOf(shape));

/** Large rings as sites have them: 1 to 200 nodes, racks of any size, a factor of its own for each data centre and keyspace, some nodes down. */
export const anyUnevenRing: fc.Arbitrary<ObservedRing> = fc.integer({ min: 1, max: 2 ** 30 }).map(unevenRing);

/** Such a ring, drawn from `seed`. */
export function unevenRing(seed: number): ObservedRing {
  const random = numbers(seed);
  const upTo = (most: number): number => 1 + Math.floor(random() * most);
  const centres = upTo(4);
  const racks = upTo(5);
  const tokens = upTo(4);
  const lame = random() < 0.5 ? 0 : random() * 0.05;
  const nodes = Array.from({ length: upTo(200) }, (_, index): RingNode => {
    const dc = Math.floor(random() * centres);
    // Squared, so that the first racks are larger than the last.
    const rack = Math.floor(random() ** 2 * racks);
    const node = nodeOf({ centres, racks, nodes: 0, tokens, factor: 0 }, index, random);
    return { ...node, dc: `DC${dc}`, rack: `RAC${rack}`, state: random() < lame ? "down" : "up" };
  });
  const factors = () => Object.fromEntries(Array.from({ length: centres }, (_, dc) => [`DC${dc}`, upTo(5)]));
  const keyspaces = Array.from({ length: upTo(3) }, (_, index): Keyspace => ({
    name: `site${index}`,
    replication: { strategy: "network", factors: factors() },
  }));
  const auth: Keyspace = { name: "system_auth", replication: { strategy: "network", factors: factors() } };
  const simple: Keyspace = { name: "old", replication: { strategy: "simple", factor: upTo(5) } };
  const others = random() < 0.3 ? [auth, simple] : [auth];
  return { version: 1, partitioner: "Murmur3Partitioner", nodes, keyspaces: [...keyspaces, ...others] };
}

/** A ring of that shape with tokens drawn from `seed`. */
export function ringOf(shape: Shape & { seed: number }): ObservedRing {
  const random = numbers(shape.seed);
  const nodes = Array.from({ length: shape.nodes }, (_, index) => nodeOf(shape, index, random));
  return { version: 1, partitioner: "Murmur3Partitioner", nodes, keyspaces: keyspacesOf(shape) };
}

function nodeOf(shape: Shape, index: number, random: () => number): RingNode {
  const dc = `DC${index % shape.centres}`;
  return {
    id: `id${index}`,
    host: `db${index}`,
    address: `127.0.1.${index}`,
    dc,
    rack: `RAC${Math.floor(index / shape.centres) % shape.racks}`,
    tokens: Array.from({ length: shape.tokens }, () => BigInt(Math.floor(random() * 2 ** 52))),
    state: "up",
    mode: "normal",
    release: "5.0.6",
    schema: "s",
  };
}

function keyspacesOf({ centres, factor }: Shape): Keyspace[] {
  const factors = Object.fromEntries(Array.from({ length: centres }, (_, index) => [`DC${index}`, factor]));
  return [
    { name: "site", replication: { strategy: "network", factors } },
    { name: "system_auth", replication: { strategy: "simple", factor: Math.max(1, factor - 1) } },
    { name: "system", replication: { strategy: "local" } },
  ];
}

function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
