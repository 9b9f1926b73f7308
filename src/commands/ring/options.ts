import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { OperatorError } from "../../base/operator-error.ts";
import { nameNodes } from "../../cassandra/ring/census.ts";
import { parseRing } from "../../cassandra/ring/json.ts";
import { CONSISTENCY_LEVELS, type ConsistencyLevel, type ObservedRing } from "../../cassandra/ring/model.ts";
import type { KeyspaceLevels } from "../../cassandra/ring/quorum.ts";
import type { Deployment } from "../../inventory/model.ts";
import { clientLevel, expectedNodes } from "../../services/cassandra/ring.ts";
import type { RingRule } from "../../services/planners/ring-rule.ts";
import type { Io } from "../model.ts";

/** The options of verbs that take nodes of a ring away, or think about it. */
export interface RingOptions {
  /** A file that `smc ring --save` wrote, to be planned with instead of the ring itself. */
  observed?: string;
  /** `QUORUM`, or `KEYSPACE=LEVEL` for a single one. */
  consistency?: readonly string[];
  /** Nodes that may be away at a time. */
  maxDown?: number;
}

/** The rule that the options and the services file say for a ring. Throws an OperatorError (exit 2) for levels and keyspaces that are none. */
export function ruleFor(ring: ObservedRing, options: RingOptions, deployment: Deployment): RingRule {
  const words = options.consistency ?? [];
  const level = words.findLast(word => !word.includes("="));
  const single = words.filter(word => word.includes("=")).map(word => word.split("=", 2));
  const levels = Object.fromEntries(
    single.map(([keyspace = "", of = ""]) => [keyspace, readKeyspaceLevel(of)]),
  );
  requireKeyspaces(ring, levels);
  return {
    ring,
    level: level === undefined ? clientLevel(deployment) : readLevel(level),
    levels,
    maxDown: options.maxDown,
  };
}

/** Reads a ring from a file, with its nodes under the names of the services file. Throws an OperatorError (exit 2) for a file that is none. */
export async function readRing(io: Io, file: string, deployment: Deployment): Promise<ObservedRing> {
  const text = await readFile(resolve(io.directory, file), "utf8").catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(`the ring cannot be read: ${why}`, {
      code: "RING_UNREADABLE",
      hint: `smc ring --save ${file}  writes one`,
      cause,
    });
  });
  return nameNodes(parseRing(text, file), expectedNodes(deployment));
}

/** A level for a keyspace that the ring has not is a slip. */
function requireKeyspaces(ring: ObservedRing, levels: KeyspaceLevels): void {
  const names = ring.keyspaces.map(({ name }) => name);
  const unknown = Object.keys(levels).filter(name => !names.includes(name));
  if (unknown.length === 0) return;
  throw new OperatorError(`the ring has no keyspace ${unknown.join(", ")}`, {
    code: "KEYSPACE_UNKNOWN",
    hint: `its keyspaces are ${names.join(", ")}`,
  });
}

function readLevel(word: string): ConsistencyLevel {
  const wanted = word.toUpperCase();
  const found = CONSISTENCY_LEVELS.find(level => level === wanted);
  if (found !== undefined) return found;
  throw new OperatorError(`--consistency takes a level, not "${word}"`, {
    code: "USAGE",
    hint: `the levels are ${CONSISTENCY_LEVELS.join(", ")}; KEYSPACE=LEVEL is for a single keyspace, also KEYSPACE=NONE`,
  });
}

function readKeyspaceLevel(word: string): ConsistencyLevel | "NONE" {
  return word.toUpperCase() === "NONE" ? "NONE" : readLevel(word);
}
