import { OperatorError } from "../../base/operator-error.ts";
import type { Replication } from "./model.ts";

const PACKAGE = "org.apache.cassandra.locator.";

/**
 * Reads the `replication` of system_schema.keyspaces, `{class: …, DC0: "3"}`. Throws an OperatorError for a strategy, an
 * option or a factor that smc does not know, such as transient replicas (`3/1`): it could not tell what they promise.
 */
export function readReplication(keyspace: string, options: Readonly<Record<string, string>>): Replication {
  const { class: strategy = "", ...rest } = options;
  switch (strategy.startsWith(PACKAGE) ? strategy.slice(PACKAGE.length) : strategy) {
    case "LocalStrategy":
      return { strategy: "local" };
    case "SimpleStrategy": {
      const { replication_factor: factor = "", ...others } = rest;
      for (const name of Object.keys(others)) throw unknown(keyspace, `the option ${name} of SimpleStrategy`);
      return { strategy: "simple", factor: readFactor(keyspace, factor) };
    }
    case "NetworkTopologyStrategy":
      return {
        strategy: "network",
        factors: Object.fromEntries(
          Object.entries(rest).map(([dc, factor]) => [dc, readFactor(keyspace, factor)]),
        ),
      };
    default:
      throw unknown(keyspace, `the strategy ${strategy}`);
  }
}

function readFactor(keyspace: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw unknown(keyspace, `the replication factor "${text}"`);
}

function unknown(keyspace: string, what: string): OperatorError {
  return new OperatorError(`smc does not know ${what}, which the keyspace ${keyspace} has`, {
    code: "REPLICATION_UNKNOWN",
    hint: "of what it does not know, smc cannot say that a quorum is kept",
  });
}
