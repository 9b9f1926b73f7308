import { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { ObservedRing } from "./model.ts";

/** A node as the services file has it. */
export interface ExpectedNode {
  host: HostName;
  address: string;
  dc: string;
  rack: string;
}

/** The same ring with every node under the name that the services file has for its name or its address. */
export function nameNodes(ring: ObservedRing, expected: readonly ExpectedNode[]): ObservedRing {
  const names = new Set(expected.map(({ host }) => host));
  const byAddress = new Map(expected.map(({ host, address }) => [address, host]));
  const nodes = ring.nodes.map(node =>
    names.has(node.host) ? node : { ...node, host: byAddress.get(node.address) ?? node.host },
  );
  return { ...ring, nodes };
}

/** How the nodes of the ring and those of the services file differ, one line a side; empty when they are the same. */
export function censusProblems(ring: ObservedRing, expected: readonly ExpectedNode[]): string[] {
  const there = ring.nodes.map(({ host }) => host);
  const wanted = expected.map(({ host }) => host);
  const unknown = there.filter(host => !wanted.includes(host));
  const missing = wanted.filter(host => !there.includes(host));
  return [
    ...(unknown.length === 0 ? [] : [`in the ring and not in the services file: ${foldNames(unknown)}`]),
    ...(missing.length === 0 ? [] : [`in the services file and not in the ring: ${foldNames(missing)}`]),
  ];
}

/**
 * Nodes that are in another data centre or rack of the ring than the services file says. With the new one they would not start: "Cannot
 * start node if snitch's rack … differs from previous rack" (Cassandra, StorageService and SystemKeyspace, up to 5.0).
 */
export function placeProblems(ring: ObservedRing, expected: readonly ExpectedNode[]): string[] {
  const wanted = new Map(expected.map(node => [node.host, node]));
  const moved = ring.nodes.flatMap(({ host, dc, rack, mode }) => {
    const node = wanted.get(host);
    // Of a node that others have only heard of nobody knows where it is.
    if (node === undefined || mode !== "normal" || (node.dc === dc && node.rack === rack)) return [];
    const where = `in ${dc}, ${rack} of the ring, and in ${node.dc}, ${node.rack} of the services file`;
    return [{ host, where }];
  });
  return [...Map.groupBy(moved, ({ where }) => where)].map(([where, nodes]) => {
    return `${foldNames(nodes.map(({ host }) => host))} ${nodes.length === 1 ? "is" : "are"} ${where}`;
  });
}

/** Throws an OperatorError (exit 3) where nodes have moved to other racks or data centres on paper. */
export function requirePlaces(ring: ObservedRing, expected: readonly ExpectedNode[]): void {
  const details = placeProblems(ring, expected);
  if (details.length === 0) return;
  throw new OperatorError("nodes would not start where the services file puts them: nothing was touched", {
    code: "RING_PLACES",
    exit: ExitCode.Refused,
    details,
    hint: "a node keeps its data centre and rack for life: correct the services file, or replace the node",
  });
}

/** Hosts in which the two may differ, because that is what a verb is about. */
export interface CensusAllowance {
  /** May be missing from the ring. */
  absent?: readonly HostName[];
  /** May be in the ring and not in the services file. */
  unknown?: readonly HostName[];
}

/**
 * Throws an OperatorError (exit 3) with the names when the two differ beyond what is allowed: of a ring that is not known whole,
 * nothing can be promised.
 */
export function requireCensus(
  ring: ObservedRing,
  expected: readonly ExpectedNode[],
  { absent = [], unknown = [] }: CensusAllowance = {},
): void {
  const there = ring.nodes.map(({ host }) => host);
  const details = censusProblems(
    { ...ring, nodes: ring.nodes.filter(({ host }) => !unknown.includes(host)) },
    expected.filter(({ host }) => (there.includes(host) ? !unknown.includes(host) : !absent.includes(host))),
  );
  if (details.length === 0) return;
  throw new OperatorError("the ring and the services file do not have the same nodes: nothing was touched", {
    code: "RING_CENSUS",
    exit: ExitCode.Refused,
    details,
    hint: "bring the services file in line with the ring, or add the nodes that are not in it yet: smc expand",
  });
}
