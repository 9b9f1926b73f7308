import type { Bytes } from "../../base/units.ts";
import type { HostId, Token } from "../ring/model.ts";
import { NodetoolOutput } from "./output.ts";
import { COUNT, INTEGER, parseRoundedSize, SIZE, UUID } from "./values.ts";

/** What a node says of itself. */
export interface NodeInfo {
  id: HostId;
  gossip: boolean;
  /** Whether it answers over CQL. */
  native: boolean;
  load: Bytes;
  /** Seconds since the epoch at which the node started, another number after each start; 0 while its gossip is off. */
  generation: number;
  /** Seconds; undefined when the JVM does not tell (4.0 on some). */
  uptime: number | undefined;
  dc: string;
  rack: string;
  /** Exceptions since the start that nobody caught. */
  exceptions: number;
  /** How many tokens it has: 0 before it has joined. */
  tokenCount: number;
  /** Its tokens, when it has one, or was asked for all (`-T`). */
  tokens: readonly Token[];
  /** Everything, by nodetool's own names, in its order. */
  lines: readonly InfoLine[];
}

interface InfoLine {
  key: string;
  value: string;
}

const BOOLEAN = "true|false";
const RATE = String.raw`(?:\d+\.\d{3}|NaN)`;
const CACHE = `(?:entries ${COUNT}, )?size (?:${SIZE}|${COUNT} \\(bytes\\)), capacity (?:${SIZE}|${COUNT} \\(bytes\\)), `;
const SAVED_CACHE = `${CACHE}${COUNT} hits, ${COUNT} requests, ${RATE} recent hit rate, ${COUNT} save period in seconds`;
const HEAP = String.raw`\d+\.\d\d`;
const TOKENS_HIDDEN = String.raw`\(invoke with -T\/--tokens to see all (${COUNT}) tokens\)`;
const NOT_JOINED = String.raw`\(node is not joined to the cluster\)`;

/** Every line that some release prints, and the form of its value. */
const VALUES: Readonly<Record<string, string>> = {
  ID: UUID,
  "Gossip active": BOOLEAN,
  "Thrift active": BOOLEAN,
  "Native Transport active": BOOLEAN,
  Load: SIZE,
  "Uncompressed load": SIZE,
  "Generation No": COUNT,
  "Uptime (seconds)": `${COUNT}|N/A`,
  "Heap Memory (MB)": `${HEAP} / ${HEAP}`,
  "Off Heap Memory (MB)": HEAP,
  "Data Center": String.raw`\S.*`,
  Rack: String.raw`\S.*`,
  Exceptions: COUNT,
  "Key Cache": SAVED_CACHE,
  "Row Cache": SAVED_CACHE,
  "Counter Cache": SAVED_CACHE,
  "Chunk Cache": String.raw`${CACHE}${COUNT} misses, ${COUNT} requests, ${RATE} recent hit rate, ${RATE} \S+ miss latency`,
  "Network Cache": `size ${SIZE}, overflow size: ${SIZE}, capacity ${SIZE}`,
  "Percent Repaired": String.raw`\d+\.\d+(?:E-?\d+)?%|NaN%`,
  Token: `${INTEGER}|${TOKENS_HIDDEN}|${NOT_JOINED}`,
  "Bootstrap state": String.raw`[A-Z_]+`,
  "Bootstrap failed": BOOLEAN,
  Decommissioning: BOOLEAN,
  "Decommission failed": BOOLEAN,
};
const PATTERNS = new Map(Object.entries(VALUES).map(([key, value]) => [key, new RegExp(`^(?:${value})$`)]));
/** What every release tells. */
const NEEDED = [
  "ID",
  "Gossip active",
  "Native Transport active",
  "Load",
  "Data Center",
  "Rack",
  "Exceptions",
  "Token",
];

/**
 * Reads `nodetool info`, with or without `-T`. The lines are those of NodeCmd.printInfo (1.2, 2.0), NodeTool.Info (2.1) and
 * nodetool/Info. Throws an OperatorError that names the line when there is one that it does not know.
 */
export function parseInfo(output: string): NodeInfo {
  const lines = new NodetoolOutput("info", output);
  const entries = lines.many(() => readLine(lines));
  lines.end("a line that some release prints");
  const missing = NEEDED.find(key => !entries.some(entry => entry.key === key));
  if (missing !== undefined) throw lines.unreadable(`a line for ${missing}`);
  lines.distinct(
    entries.filter(({ key }) => key !== "Token").map(({ key }) => key),
    "line",
  );
  const value = (key: string) => entries.find(entry => entry.key === key)?.value ?? "";
  const uptime = value("Uptime (seconds)");
  return {
    id: value("ID"),
    gossip: value("Gossip active") === "true",
    native: value("Native Transport active") === "true",
    load: parseRoundedSize(value("Load")) ?? 0,
    generation: Number(value("Generation No")),
    uptime: /^\d+$/.test(uptime) ? Number(uptime) : undefined,
    dc: value("Data Center"),
    rack: value("Rack"),
    exceptions: Number(value("Exceptions")),
    ...tokensOf(entries.filter(({ key }) => key === "Token").map(token => token.value)),
    lines: entries,
  };
}

function readLine(lines: NodetoolOutput): InfoLine | undefined {
  const groups = lines.match(/^([A-Z][A-Za-z ()]*?) *: (.+)$/);
  if (groups === undefined) return undefined;
  const [key = "", value = ""] = groups;
  if (PATTERNS.get(key)?.test(value) !== true)
    throw lines.unreadable("a line that some release prints", true);
  return { key, value };
}

function tokensOf(values: readonly string[]): Pick<NodeInfo, "tokens" | "tokenCount"> {
  const integer = new RegExp(`^${INTEGER}$`);
  const tokens = values.filter(value => integer.test(value)).map(BigInt);
  const hidden = new RegExp(TOKENS_HIDDEN).exec(values.join("\n"))?.[1];
  return { tokens, tokenCount: hidden === undefined ? tokens.length : Number(hidden) };
}
