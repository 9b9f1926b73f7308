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
