import * as v from "valibot";
import { OperatorError } from "../../base/operator-error.ts";
import { checkRing } from "./check.ts";
import type { Keyspace, ObservedRing, Partitioner, Replication, RingNode } from "./model.ts";

// The format is described, with an example, in docs/ring-json.md.

const PACKAGE = "org.apache.cassandra.dht.";

const name = v.pipe(v.string(), v.nonEmpty("must not be empty"));
const factor = v.pipe(
  v.number(),
  v.safeInteger("must be a whole number"),
  v.minValue(0, "must not be below 0"),
);

const partitioner = v.pipe(
  v.string(),
  v.transform(text => (text.startsWith(PACKAGE) ? text.slice(PACKAGE.length) : text)),
  v.picklist(
    ["Murmur3Partitioner", "RandomPartitioner"] satisfies Partitioner[],
    "must be Murmur3Partitioner or RandomPartitioner: smc does not know the ring of another",
  ),
);

const token = v.pipe(
  v.string("must be decimal text in quotes: JSON has no numbers of 64 bits"),
  v.regex(/^-?\d+$/, "must be decimal digits"),
  v.transform(text => BigInt(text)),
);

const node = v.strictObject({
  host: name,
  address: name,
  dc: name,
  rack: name,
  tokens: v.array(token),
  state: v.picklist(["up", "down", "unknown"], "must be up, down or unknown"),
  mode: v.optional(
    v.picklist(["normal", "joining", "leaving", "moving"], "must be normal, joining, leaving or moving"),
    "normal",
  ),
  id: v.exactOptional(name),
  release: v.exactOptional(name),
  schema: v.exactOptional(name),
});

const keyspace = v.variant(
  "strategy",
  [
    v.strictObject({ name, strategy: v.literal("SimpleStrategy"), factor }),
    v.strictObject({ name, strategy: v.literal("NetworkTopologyStrategy"), factors: v.record(name, factor) }),
    v.strictObject({ name, strategy: v.literal("LocalStrategy") }),
  ],
  "must be SimpleStrategy, NetworkTopologyStrategy or LocalStrategy",
);

const ringSchema = v.strictObject({
  version: v.literal(1, "must be 1: this smc knows no other version of the format"),
  observedAt: v.exactOptional(
    v.pipe(v.string(), v.isoTimestamp("must be a time such as 2026-01-02T03:04:05Z")),
  ),
  partitioner,
  nodes: v.array(node),
  keyspaces: v.array(keyspace),
});

type RingFile = v.InferOutput<typeof ringSchema>;

/**
 * Reads an observed ring from its JSON. Throws an OperatorError (exit 2) with every problem, when it is not JSON, not in
 * the format, or tells of a ring that cannot be; `source` names the file in the message.
 */
export function parseRing(json: string, source: string): ObservedRing {
  const result = v.safeParse(ringSchema, parseJson(json, source));
  if (!result.success) throw invalid(source, result.issues.map(describeIssue));
  const ring = fromFile(result.output);
  const problems = checkRing(ring);
  if (problems.length > 0) throw invalid(source, problems);
  return ring;
}

/** An observed ring as the object that is written as JSON: tokens are text, what nobody said is left out. */
export function ringToJson(ring: ObservedRing): object {
  const { version, observedAt, partitioner: of, nodes, keyspaces } = ring;
  return {
    version,
    ...(observedAt === undefined ? {} : { observedAt }),
    partitioner: of,
    nodes: nodes.map(({ tokens, release, schema, ...rest }) => ({
      ...rest,
      ...(release === undefined ? {} : { release }),
      ...(schema === undefined ? {} : { schema }),
      tokens: tokens.map(String),
    })),
    keyspaces: keyspaces.map(keyspaceToJson),
  };
}

function fromFile({ nodes, keyspaces, ...rest }: RingFile): ObservedRing {
  return { ...rest, nodes: nodes.map(nodeOf), keyspaces: keyspaces.map(keyspaceOf) };
}

function nodeOf(read: RingFile["nodes"][number]): RingNode {
  return { ...read, id: read.id ?? read.address, release: read.release, schema: read.schema };
}

function keyspaceOf(read: RingFile["keyspaces"][number]): Keyspace {
  return { name: read.name, replication: replicationOf(read) };
}

function replicationOf(read: RingFile["keyspaces"][number]): Replication {
  if (read.strategy === "SimpleStrategy") return { strategy: "simple", factor: read.factor };
  if (read.strategy === "LocalStrategy") return { strategy: "local" };
  return { strategy: "network", factors: read.factors };
}

function keyspaceToJson({ name: of, replication }: Keyspace): object {
  if (replication.strategy === "simple") {
    return { name: of, strategy: "SimpleStrategy", factor: replication.factor };
  }
  if (replication.strategy === "local") return { name: of, strategy: "LocalStrategy" };
  return { name: of, strategy: "NetworkTopologyStrategy", factors: replication.factors };
}

function parseJson(json: string, source: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw invalid(source, [cause instanceof Error ? cause.message : String(cause)], cause);
  }
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  const unknownKey = issue.expected === "never" && issue.type === "strict_object";
  const message = unknownKey ? "is no key of the format" : issue.message;
  return path === null ? message : `${path}: ${message}`;
}

function invalid(source: string, details: readonly string[], cause?: unknown): OperatorError {
  return new OperatorError(`${source} is not a ring as smc writes it`, {
    code: "RING_INVALID",
    details,
    hint: "smc ring --save FILE  writes one; docs/ring-json.md describes the format",
    ...(cause === undefined ? {} : { cause }),
  });
}
