import type { Bytes } from "../../base/units.ts";
import type { HostId, Token } from "../ring/model.ts";
import { NodetoolOutput } from "./output.ts";
import {
  COUNT,
  INTEGER,
  parseNodeAddress,
  parseRoundedSize,
  SIZE,
  UUID,
  type NodeAddress,
} from "./values.ts";

/** What one node thinks of its ring: an opinion, and an old one when its gossip is off. */
export interface StatusReport {
  /** Whether the shares in `owns` count replicas; without a keyspace that all share, they mean nothing. */
  effective: boolean;
  nodes: readonly StatusNode[];
  /** What nodetool remarks below the table, without `Note: `. */
  notes: readonly string[];
}

export interface StatusNode {
  dc: string;
  rack: string;
  address: NodeAddress;
  state: "up" | "down" | "unknown";
  /** `stopped` is DSE's. */
  mode: "normal" | "leaving" | "joining" | "moving" | "stopped";
  /** Rounded, and up to 90 s old; undefined until gossip has told it. */
  load: Bytes | undefined;
  /** Percent of the ring. Never decide by it: count replicas. */
  owns: number | undefined;
  /** Undefined (`null`) while the node has not told its id. */
  id: HostId | undefined;
  /** How many tokens the node has. */
  tokenCount: number;
  /** Its token, when the ring has one for each node and the table has a column for it. */
  token: Token | undefined;
}

const STATES = { U: "up", D: "down", "?": "unknown" } as const;
const MODES = { N: "normal", L: "leaving", J: "joining", M: "moving", S: "stopped" } as const;

const HEADER = /^--\s+Address\s+Load\s+(Tokens\s+)?Owns( \(effective\))?\s+Host ID\s+(Token\s+)?Rack$/;
const ROW_START = String.raw`^([UD?])([NLJMS])\s+(\S+)\s+(\?|${SIZE})\s+`;
const OWNS = String.raw`(\?|${COUNT}\.\d%)\s+`;
const ID = String.raw`(${UUID}|null)\s+`;
const RACK = String.raw`(\S.*)$`;
/** The two layouts have the same words in another order, and racks are free text: only the header tells them apart. */
const VNODE_ROW = new RegExp(`${ROW_START}(${COUNT})\\s+${OWNS}${ID}${RACK}`);
const SINGLE_TOKEN_ROW = new RegExp(`${ROW_START}${OWNS}${ID}(${INTEGER})\\s+${RACK}`);

/**
 * Reads `nodetool status`. The formats are those of NodeCmd (1.2, 2.0), NodeTool (2.1) and nodetool/Status (2.2 and later).
 * Throws an OperatorError that names the line when there is one that it does not know.
 */
export function parseStatus(output: string): StatusReport {
  const lines = new NodetoolOutput("status", output);
  const sections = lines.many(() => readDataCentre(lines));
  const notes = lines.many(() => lines.match(/^Note: (.+)$/)).map(([note = ""]) => note);
  lines.end("a row of a node, a data centre or a note");
  const [first] = sections;
  if (first === undefined) throw lines.unreadable("Datacenter: NAME");
  lines.distinct(
    sections.map(({ dc }) => dc),
    "data centre",
  );
  if (sections.some(({ layout }) => layout !== first.layout)) throw lines.unreadable("one layout", true);
  return { effective: first.effective, nodes: sections.flatMap(({ nodes }) => nodes), notes };
}

interface DataCentre {
  dc: string;
  /** The columns that some tables have and others have not. */
  layout: string;
  effective: boolean;
  nodes: readonly StatusNode[];
}

function readDataCentre(lines: NodetoolOutput): DataCentre | undefined {
  const heading = lines.match(/^Datacenter: (.+)$/);
  if (heading === undefined) return undefined;
  const [dc = ""] = heading;
  lines.expect(/^=+$/, "a line of =");
  lines.expect(/^Status=Up\/Down$/, "Status=Up/Down");
  lines.expect(/^\|\/ State=Normal\/Leaving\/Joining\/Moving(?:\/Stopped)?$/, "|/ State=…");
  const [tokens = "", effective = "", token = ""] = lines.expect(HEADER, "the names of the columns");
  if ((tokens === "") === (token === "")) throw lines.unreadable("a column Tokens or a column Token", true);
  const read = tokens === "" ? readSingleTokenRow : readVnodeRow;
  const nodes = lines.many(() => read(lines, dc));
  if (nodes.length === 0) throw lines.unreadable(`a row of a node in ${dc}`);
  return {
    dc,
    layout: tokens === "" ? `single${effective}` : `vnodes${effective}`,
    effective: effective !== "",
    nodes,
  };
}

function readVnodeRow(lines: NodetoolOutput, dc: string): StatusNode | undefined {
  const row = lines.match(VNODE_ROW);
  if (row === undefined) return undefined;
  const [state, mode, address, load, tokens, owns, id, rack = ""] = row;
  const node = nodeOf(lines, { state, mode, address, load, owns, id });
  return { dc, rack, ...node, tokenCount: Number(tokens), token: undefined };
}

function readSingleTokenRow(lines: NodetoolOutput, dc: string): StatusNode | undefined {
  const row = lines.match(SINGLE_TOKEN_ROW);
  if (row === undefined) return undefined;
  const [state, mode, address, load, owns, id, token = "", rack = ""] = row;
  const node = nodeOf(lines, { state, mode, address, load, owns, id });
  return { dc, rack, ...node, tokenCount: 1, token: BigInt(token) };
}

type RowWords = Readonly<Record<"state" | "mode" | "address" | "load" | "owns" | "id", string | undefined>>;

function nodeOf(
  lines: NodetoolOutput,
  { state, mode, address, load = "", owns = "", id }: RowWords,
): Pick<StatusNode, "address" | "state" | "mode" | "load" | "owns" | "id"> {
  const where = parseNodeAddress(address ?? "");
  if (where === undefined) throw lines.unreadable("the address of a node", true);
  return {
    address: where,
    state: STATES[state as keyof typeof STATES],
    mode: MODES[mode as keyof typeof MODES],
    load: parseRoundedSize(load),
    owns: owns === "?" ? undefined : Number.parseFloat(owns),
    id: id === "null" ? undefined : id,
  };
}
