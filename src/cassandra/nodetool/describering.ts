import type { Token } from "../ring/model.ts";
import { NodetoolOutput } from "./output.ts";
import { INTEGER, parseNodeAddress, UUID, type NodeAddress } from "./values.ts";

/** The ranges of one keyspace with their replicas. */
export interface RingDescription {
  /** The schema version of the node that was asked. */
  schema: string;
  /** In no order. Each is printed once; together they are the whole ring. */
  ranges: readonly DescribedRange[];
}

/** The tokens in `(start, end]`; the range that holds the ends of the token space has `start >= end`. */
export interface DescribedRange {
  start: Token;
  end: Token;
  /** In the order of replication: the first one has the range as its primary. */
  replicas: readonly DescribedReplica[];
}

interface DescribedReplica {
  address: NodeAddress;
  /** Where clients connect to; not told by every release. */
  rpcAddress: string | undefined;
  dc: string | undefined;
  rack: string | undefined;
}

const RANGE = new RegExp(
  String.raw`^\tTokenRange\(start_token:(${INTEGER}), end_token:(${INTEGER}), endpoints:\[(.+?)\]` +
    String.raw`(?:, rpc_endpoints:\[(.+?)\])?(?:, endpoint_details:\[(EndpointDetails\(.+\))\])?\)$`,
);
const DETAILS = /^host:(\S+), datacenter:(.+?)(?:, rack:(.+))?$/;

/**
 * Reads `nodetool describering KEYSPACE`: TokenRange of cassandra.thrift (1.2 to 3.11), and what later releases print in its
 * place. Throws an OperatorError that names the line when there is one that it does not know, such as a token that is no integer.
 */
export function parseDescribeRing(output: string): RingDescription {
  const lines = new NodetoolOutput("describering", output);
  const [schema = ""] = lines.expect(new RegExp(`^Schema Version:(${UUID})$`), "Schema Version:…");
  lines.expect(/^TokenRange:$/, "TokenRange:");
  const ranges = lines.many(() => readRange(lines));
  lines.end("TokenRange(…)");
  if (ranges.length === 0) throw lines.unreadable("TokenRange(…)");
  return { schema, ranges };
}

function readRange(lines: NodetoolOutput): DescribedRange | undefined {
  const groups = lines.match(RANGE);
  if (groups === undefined) return undefined;
  const [start = "", end = "", list = "", rpcList = "", detailList = ""] = groups;
  const endpoints = list.split(", ");
  const rpcEndpoints = rpcList === "" ? [] : rpcList.split(", ");
  const details = detailList === "" ? [] : splitDetails(detailList);
  for (const { length } of [rpcEndpoints, details])
    if (length !== 0 && length !== endpoints.length)
      throw lines.unreadable("as many details as endpoints", true);
  const replicas = endpoints.map((endpoint, index) =>
    readReplica(lines, { endpoint, rpcAddress: rpcEndpoints[index], details: details[index] }),
  );
  return { start: BigInt(start), end: BigInt(end), replicas };
}

/** The insides of `EndpointDetails(…), EndpointDetails(…)`; racks and data centres are free text. */
function splitDetails(list: string): readonly string[] {
  return list.slice("EndpointDetails(".length, -1).split("), EndpointDetails(");
}

function readReplica(
  lines: NodetoolOutput,
  words: { endpoint: string; rpcAddress: string | undefined; details: string | undefined },
): DescribedReplica {
  const address = parseNodeAddress(words.endpoint);
  if (address === undefined) throw lines.unreadable("addresses of nodes", true);
  const { rpcAddress, details } = words;
  if (details === undefined) return { address, rpcAddress, dc: undefined, rack: undefined };
  const [host, dc, rack] = DETAILS.exec(details)?.slice(1) ?? [];
  if (host !== words.endpoint) throw lines.unreadable("endpoints and their details in one order", true);
  return { address, rpcAddress, dc, rack };
}
