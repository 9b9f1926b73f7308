import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExitCode } from "../../../src/base/exit-code.ts";
import { OperatorError } from "../../../src/base/operator-error.ts";
import { parseRing, ringToJson } from "../../../src/cassandra/ring/json.ts";
import type { ObservedRing, RingNode } from "../../../src/cassandra/ring/model.ts";
import { anyRing } from "./arbitrary-ring.ts";

const NODE = { host: "db1", address: "10.0.0.1", dc: "DC0", rack: "R1", tokens: ["-5"], state: "up" };
const RING = {
  version: 1,
  partitioner: "Murmur3Partitioner",
  nodes: [NODE],
  keyspaces: [{ name: "site", strategy: "SimpleStrategy", factor: 1 }],
};

describe("parseRing", () => {
  it("gives back what was written", () => {
    fc.assert(
      fc.property(anyRing, fc.infiniteStream(anyNodeWords), (ring, words) => {
        const written: ObservedRing = {
          ...ring,
          observedAt: "2026-01-02T03:04:05Z",
          nodes: ring.nodes.map((node, index): RingNode => {
            const { value = {} } = words.next();
            // Distinct, and over the whole of what 64 bits hold.
            const tokens = node.tokens.map((_, number) => 2n ** 63n - 1n - BigInt(index * 1000 + number));
            return { ...node, ...value, tokens };
          }),
        };
        expect(parseRing(JSON.stringify(ringToJson(written)), "ring.json")).toEqual(written);
      }),
      { numRuns: 300 },
    );
  });

  it("reads the example of its documentation", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/ring-json.md"), "utf8");
    const [, example = ""] = /```json\n(.*?)```/s.exec(page) ?? [];
    const ring = parseRing(example, "docs/ring-json.md");
    expect(ring.nodes.map(({ host, id, state, mode }) => [host, id, state, mode])).toEqual([
      ["db1", "7d1b2c5e-93d4-4f0a-8f5b-0c1d2e3f4a51", "up", "normal"],
      ["db2", "10.1.2.2", "down", "normal"],
    ]);
    expect(ring.nodes[0]?.tokens).toEqual([-(2n ** 63n)]);
    expect(ring.keyspaces.map(({ replication }) => replication)).toEqual([
      { strategy: "network", factors: { DC0: 2 } },
      { strategy: "simple", factor: 2 },
      { strategy: "local" },
    ]);
  });

  it("takes a partitioner with its package", () => {
    const text = JSON.stringify({ ...RING, partitioner: "org.apache.cassandra.dht.RandomPartitioner" });
    const random = text.replace('"-5"', '"5"');
    expect(parseRing(random, "ring.json").partitioner).toBe("RandomPartitioner");
  });

  it.each([
    ["not JSON", "{", /JSON/],
    ["another version", { ...RING, version: 2 }, "version: must be 1"],
    ["an unknown key", { ...RING, node: [] }, "node: is no key of the format"],
    ["an unknown key of a node", withNode({ zone: "x" }), "nodes.0.zone: is no key of the format"],
    ["a key that is missing", withNode({ rack: undefined }), "nodes.0.rack: "],
    ["a token that is a number", withNode({ tokens: [5] }), "nodes.0.tokens.0: must be decimal text"],
    ["a token that is no number", withNode({ tokens: ["5e3"] }), "nodes.0.tokens.0: must be decimal digits"],
    [
      "a token beyond the partitioner",
      withNode({ tokens: ["9223372036854775808"] }),
      "db1: 9223372036854775808 is no token of Murmur3Partitioner",
    ],
    [
      "a negative token of the random partitioner",
      { ...RING, partitioner: "RandomPartitioner" },
      "db1: -5 is no token of RandomPartitioner",
    ],
    [
      "another partitioner",
      { ...RING, partitioner: "ByteOrderedPartitioner" },
      "partitioner: must be Murmur3",
    ],
    ["another state", withNode({ state: "sleepy" }), "nodes.0.state: must be up, down or unknown"],
    ["a node without tokens", withNode({ tokens: [] }), "db1 has no tokens and is not joining"],
    [
      "two nodes of one name",
      { ...RING, nodes: [NODE, { ...NODE, tokens: ["6"] }] },
      "host db1 is there twice",
    ],
    [
      "a token of two nodes",
      { ...RING, nodes: [NODE, { ...NODE, host: "db2", address: "10.0.0.2" }] },
      "token -5 belongs to db1 and to db2",
    ],
    ["no nodes", { ...RING, nodes: [] }, "the ring has no nodes"],
    [
      "another strategy",
      { ...RING, keyspaces: [{ name: "k", strategy: "EverywhereStrategy" }] },
      "keyspaces.0.strategy: must be SimpleStrategy",
    ],
    [
      "transient replicas",
      { ...RING, keyspaces: [{ name: "k", strategy: "SimpleStrategy", factor: "3/1" }] },
      "keyspaces.0.factor: ",
    ],
    [
      "a keyspace twice",
      { ...RING, keyspaces: [...RING.keyspaces, ...RING.keyspaces] },
      "keyspace site is there twice",
    ],
  ])("refuses %s, and names it", (_, ring, problem) => {
    const error = refusalOf(typeof ring === "string" ? ring : JSON.stringify(ring));
    expect(error.exit).toBe(ExitCode.Usage);
    expect(error.message).toContain("ring.json is not a ring");
    expect(error.details.join("\n")).toMatch(typeof problem === "string" ? literally(problem) : problem);
  });

  it("names every problem at once", () => {
    const nodes = [
      { ...NODE, rack: 5 },
      { ...NODE, state: "off" },
    ];
    expect(refusalOf(JSON.stringify({ ...RING, nodes })).details).toHaveLength(2);
  });
});

const anyNodeWords = fc.record({
  state: fc.constantFrom("up", "down", "unknown"),
  mode: fc.constantFrom("normal", "joining", "leaving", "moving"),
  release: fc.constantFrom("4.1.10", "5.0.6", undefined),
  schema: fc.constantFrom("a", undefined),
  rack: fc.string({ minLength: 1 }),
});

function withNode(words: object): object {
  return { ...RING, nodes: [{ ...NODE, ...words }] };
}

function refusalOf(json: string): OperatorError {
  try {
    parseRing(json, "ring.json");
  } catch (error) {
    if (error instanceof OperatorError) return error;
    throw error;
  }
  throw new Error("the ring was not refused");
}

function literally(text: string): RegExp {
  return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
}
