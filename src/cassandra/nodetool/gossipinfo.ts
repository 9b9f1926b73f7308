import type { Bytes } from "../../base/units.ts";
import type { HostId } from "../ring/model.ts";
import { NodetoolOutput } from "./output.ts";
import { COUNT, parseNodeAddress, UUID, type NodeAddress } from "./values.ts";

/** What a node has heard of another one, or of itself, by gossip. The last words of a dead node stay there. */
export interface GossipInfoNode {
  address: NodeAddress;
  /** Seconds since the epoch at which the node started; printed from 1.2.17 and 2.0.9 on. */
  generation: number | undefined;
  /** Counts up once a second while the node lives; printed from the same releases on. */
  heartbeat: number | undefined;
  /** The first word of STATUS: `NORMAL`, `BOOT`, `LEAVING`, `LEFT`, `shutdown`, `removed`, … */
  status: string | undefined;
  schema: string | undefined;
  release: string | undefined;
  dc: string | undefined;
  rack: string | undefined;
  id: HostId | undefined;
  load: Bytes | undefined;
  /** Everything that the node says of itself, by Cassandra's own names, in its order. */
  states: readonly GossipState[];
}

interface GossipState {
  key: string;
  /** As printed; `<hidden>` or `not present` for TOKENS. */
  value: string;
  /** Printed from 2.0.17, 2.1.9 and 2.2.1 on. */
  version: number | undefined;
}

/** What is known of the values that smc reads. A value of another form would be a line read in the wrong way. */
const VALUE_PATTERNS: Readonly<Record<string, RegExp>> = {
  SCHEMA: new RegExp(`^${UUID}$`),
  HOST_ID: new RegExp(`^${UUID}$`),
  LOAD: /^\d+\.\d+(?:E\d+)?$/,
  RELEASE_VERSION: /^\d+\.\d+\S*$/,
  STATUS: /^[A-Za-z_]+(?:,.*)?$/,
  STATUS_WITH_PORT: /^[A-Za-z_]+(?:,.*)?$/,
  TOKENS: /^<hidden>$/,
};
const VERSIONED_STATE = new RegExp(String.raw`^ {2}([A-Z][A-Z0-9_]*):(${COUNT}):(.*)$`);
const PLAIN_STATE = /^ {2}([A-Z][A-Z0-9_]*):(.*)$/;
/** Releases that print versions also say that there are tokens, and the others never do. */
const HAS_VERSIONS = /^ {2}TOKENS:/m;

/**
 * Reads `nodetool gossipinfo`: both `KEY:value` and `KEY:version:value`, which FailureDetector prints since CASSANDRA-10330.
 * Throws an OperatorError that names the line when there is one that it does not know.
 */
export function parseGossipInfo(output: string): readonly GossipInfoNode[] {
  const lines = new NodetoolOutput("gossipinfo", output);
  const versioned = HAS_VERSIONS.test(output);
  const nodes: GossipInfoNode[] = [];
  let heading: string | undefined = lines.expect(/^(\S+)$/, "a node's address")[0];
  while (heading !== undefined) {
    const { node, following } = readNode(lines, heading, versioned);
    nodes.push(node);
    heading = following ?? lines.match(/^(\S+)$/)?.[0];
  }
  lines.end("a node's address, or what it says of itself");
  return nodes;
}

/**
 * Reads a node below its heading. TOKENS comes last: the first releases that tell of its absence forget to end that line,
 * and the heading of the next node follows in it.
 */
function readNode(
  lines: NodetoolOutput,
  heading: string,
  versioned: boolean,
): { node: GossipInfoNode; following: string | undefined } {
  const address = parseNodeAddress(heading);
  if (address === undefined) throw lines.unreadable("a node's address", true);
  const generation = readNumber(lines, "generation");
  const heartbeat = readNumber(lines, "heartbeat");
  const states = lines.many(() => (versioned ? readVersionedState(lines) : readPlainState(lines)));
  lines.distinct(
    states.map(({ key }) => key),
    "key",
  );
  const node = { address, generation, heartbeat, ...summary(states), states };
  if (!versioned || states.at(-1)?.key === "TOKENS") return { node, following: undefined };
  const [following] = lines.expect(/^ {2}TOKENS: not present(\S*)$/, "TOKENS as the last of a node");
  const none = { key: "TOKENS", value: "not present", version: undefined };
  return {
    node: { ...node, states: [...states, none] },
    following: following === "" ? undefined : following,
  };
}

function summary(
  states: readonly GossipState[],
): Omit<GossipInfoNode, "address" | "generation" | "heartbeat" | "states"> {
  const value = (key: string) => states.find(state => state.key === key)?.value;
  const load = value("LOAD");
  return {
    status: (value("STATUS_WITH_PORT") ?? value("STATUS"))?.split(",", 1)[0],
    schema: value("SCHEMA"),
    release: value("RELEASE_VERSION"),
    dc: value("DC"),
    rack: value("RACK"),
    id: value("HOST_ID"),
    load: load === undefined ? undefined : Number(load),
  };
}

function readNumber(lines: NodetoolOutput, key: string): number | undefined {
  const groups = lines.match(new RegExp(`^ {2}${key}:(${COUNT})$`));
  return groups === undefined ? undefined : Number(groups[0]);
}

function readVersionedState(lines: NodetoolOutput): GossipState | undefined {
  const groups = lines.match(VERSIONED_STATE);
  if (groups === undefined) return undefined;
  const [key = "", version, value = ""] = groups;
  return checked(lines, { key, value, version: Number(version) });
}

function readPlainState(lines: NodetoolOutput): GossipState | undefined {
  const groups = lines.match(PLAIN_STATE);
  if (groups === undefined) return undefined;
  const [key = "", value = ""] = groups;
  return checked(lines, { key, value, version: undefined });
}

function checked(lines: NodetoolOutput, state: GossipState): GossipState {
  const pattern = VALUE_PATTERNS[state.key];
  if (pattern?.test(state.value) === false) throw lines.unreadable(`a ${state.key} as nodes have it`, true);
  return state;
}
