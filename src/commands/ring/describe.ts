import type { HostName } from "../../base/names.ts";
import type { Milliseconds } from "../../base/units.ts";
import { parseDescribeRing, type RingDescription } from "../../cassandra/nodetool/describering.ts";
import { describedDifferences, oneOfEachReplication } from "../../cassandra/ring/described.ts";
import type { Keyspace, ObservedRing } from "../../cassandra/ring/model.ts";
import type { PlannedInstance } from "../../services/planners/planned-instance.ts";
import type { Transport } from "../../transport/model.ts";
import { describeEnd } from "../fleet/describe-end.ts";

/** nodetool starts a JVM, and prints a line for every range. */
const DESCRIBE_TIMEOUT: Milliseconds = 60_000;

/** A node that answered, and the keyspaces that it knows. */
export interface Reached {
  planned: PlannedInstance;
  keyspaces: readonly Keyspace[];
}

/** What nodetool told of a keyspace, or why it told nothing. */
interface Described {
  keyspace: Keyspace;
  host: HostName;
  told: RingDescription | string;
}

/**
 * nodetool describering of a keyspace of each way of replication, spread over the nodes, one at a time on each: it is a
 * JVM beside the node.
 */
export async function describeRing(transport: Transport, reached: readonly Reached[]): Promise<Described[]> {
  const asked = oneOfEachReplication(reached[0]?.keyspaces ?? []);
  const shares = await Promise.all(
    reached.map(async ({ planned }, index) => {
      const told: Described[] = [];
      for (const keyspace of asked.filter((_, number) => number % reached.length === index))
        told.push(await describeKeyspace(transport, planned, keyspace));
      return told;
    }),
  );
  return shares.flat();
}

/** How the replicas that smc computes differ from those that Cassandra told, and what Cassandra did not tell; one line each. */
export function differencesOf(described: readonly Described[], ring: ObservedRing): string[] {
  return described.flatMap(({ keyspace, host, told }) =>
    typeof told === "string"
      ? [`nodetool describering ${keyspace.name} on ${host}: ${told}`]
      : describedDifferences(ring, keyspace, told),
  );
}

async function describeKeyspace(
  transport: Transport,
  { rendered, target }: PlannedInstance,
  keyspace: Keyspace,
): Promise<Described> {
  const { tool } = rendered;
  if (tool === undefined) throw new Error("a node of a ring has a tool");
  const result = await transport.connection(target).run([...tool.argv, "describering", "--", keyspace.name], {
    timeout: DESCRIBE_TIMEOUT,
    outputLimit: 256 * 1024 * 1024,
    ...(tool.runAs === undefined ? {} : { runAs: tool.runAs }),
  });
  const host = target.name;
  if (result.ok && result.cut === undefined)
    return { keyspace, host, told: parseDescribeRing(result.stdout) };
  const words = result.stderr.trim().split("\n").at(-1) ?? "";
  return { keyspace, host, told: `${describeEnd(result.end)} ${words}`.trim() };
}
