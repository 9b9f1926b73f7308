import { foldNames } from "../../../base/host-ranges.ts";
import type { Milliseconds } from "../../../base/units.ts";
import type { Probe, Stall, Step } from "../../../plan/model.ts";
import type { PlannedInstance } from "../planned-instance.ts";
import { GATE_INTERVAL } from "../ready.ts";
import type { PlanRequest } from "../request.ts";
import { endpointOf } from "../ring-endpoint.ts";
import { accountOf, toolOf } from "../snapshot.ts";
import { instanceStep, type StepWords } from "../step.ts";

/** Streams of a large node go on for days; each wait that they need still ends. */
export const STREAMING_TIMEOUT: Milliseconds = 7 * 24 * 3_600_000;

/** Each look is a JVM beside the node. */
export const STREAMING_INTERVAL: Milliseconds = 3000;

/** Streams may be at rest for long while the node makes indexes of what came. */
const LONGEST_STILLNESS: Milliseconds = 3_600_000;

/** Who is asked, and what they must see. */
export interface WholeRing {
  /** The nodes that are asked, all at once. */
  peers: readonly PlannedInstance[];
  /** How many nodes the ring must have. */
  nodes: number;
  /** Addresses of nodes that may be in any state. */
  away?: readonly string[];
  /** What each of them must know beside that. */
  also?: (peer: PlannedInstance) => Probe;
}

/** The gate that every one of the peers must open: it sees the whole ring, all nodes in the normal way, with one schema. */
export function wholeGate(
  request: PlanRequest,
  at: PlannedInstance,
  words: Omit<StepWords, "kind" | "action" | "timeout"> & { ring: WholeRing },
): Step {
  const { ring, ...rest } = words;
  const { peers, nodes, away = [], also } = ring;
  const asked = peers.map(peer => {
    const whole: Probe = {
      kind: "ring",
      endpoint: endpointOf(peer),
      nodes,
      ...(away.length === 0 ? {} : { away }),
    };
    const probe: Probe = also === undefined ? whole : { kind: "all", probes: [whole, also(peer)] };
    return { host: peer.host.name, probe };
  });
  return instanceStep(at, {
    ...rest,
    kind: "ring cassandra",
    action: { kind: "wait", probe: { kind: "everywhere", asked }, interval: GATE_INTERVAL },
    timeout: request.timeout ?? at.timeouts.ready,
  });
}

/** The host of the services file, named after what they do. */
export function seen(peers: readonly PlannedInstance[]): string {
  return foldNames(peers.map(({ host }) => host.name));
}

/** The peer has noted a node at this address, with its id. */
export function hasNoted(peer: PlannedInstance, address: string): Probe {
  if (peer.host.address === address) {
    return {
      kind: "cql",
      endpoint: endpointOf(peer),
      query: "SELECT host_id FROM system.local",
      consistency: "one",
      rows: "host_id",
    };
  }
  const query = `SELECT peer, host_id FROM system.peers_v2 WHERE peer = '${address}'`;
  const rows = `"host_id":"[0-9a-f-]{36}"`;
  return { kind: "cql", endpoint: endpointOf(peer), query, consistency: "one", rows };
}

/** The peer has forgotten the node of this id. */
export function hasForgotten(peer: PlannedInstance, id: string): Probe {
  const query = "SELECT host_id FROM system.peers_v2";
  return { kind: "cql", endpoint: endpointOf(peer), query, consistency: "one", rows: `^(?!.*${id})` };
}

/** The wait for `until`, which tells meanwhile what the node has streamed. */
export function streamed(node: PlannedInstance, until: Probe, operation: string): Probe {
  return { kind: "streamed", until, operation, netstats: [...toolOf(node), "netstats"], ...accountOf(node) };
}

/** When the wait for the streams of a node is given up: it does not answer any more, or nothing moves. */
export function stallOf({ timeouts }: PlannedInstance, hint: string): Stall {
  return { silent: timeouts.ready, still: LONGEST_STILLNESS, hint };
}
