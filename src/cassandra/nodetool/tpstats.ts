import { NodetoolOutput } from "./output.ts";
import { COUNT } from "./values.ts";

/** How busy a node is, and what it has given up since it started. */
export interface ThreadPoolReport {
  pools: readonly ThreadPool[];
  dropped: readonly DroppedMessages[];
}

/** Tasks of one pool; undefined where the node does not tell (`N/A`). */
interface ThreadPool {
  name: string;
  active: number | undefined;
  pending: number | undefined;
  /** Since the start. */
  completed: number | undefined;
  blocked: number | undefined;
  allTimeBlocked: number | undefined;
}

/** Messages of one kind that waited longer than their timeout. */
interface DroppedMessages {
  /** `MUTATION` to 3.11, `MUTATION_REQ` from 4.0 on. */
  message: string;
  /** Since the start. */
  dropped: number;
  /** Microseconds that they waited in the queue; from 4.0 on. */
  waited: Readonly<Record<"p50" | "p95" | "p99" | "max", number>> | undefined;
}

const TASKS = `(${COUNT}|N/A)`;
const POOL = new RegExp(String.raw`^(\S+)\s+${TASKS}\s+${TASKS}\s+${TASKS}\s+${TASKS}\s+${TASKS}$`);
const DROPPED = new RegExp(String.raw`^(\S+)\s+(${COUNT})$`);
const WAIT = String.raw`(\d+\.\d+(?:E\d+)?|N/A)`;
const DROPPED_AND_WAITED = new RegExp(
  String.raw`^(\S+)\s+(${COUNT})\s+${WAIT}\s+${WAIT}\s+${WAIT}\s+${WAIT}$`,
);

/**
 * Reads `nodetool tpstats`. The tables are those of NodeCmd (1.2, 2.0), NodeTool.TpStats (2.1) and TpStats/TpStatsPrinter.
 * Throws an OperatorError that names the line when there is one that it does not know.
 */
export function parseTpStats(output: string): ThreadPoolReport {
  const lines = new NodetoolOutput("tpstats", output);
  lines.expect(
    /^Pool Name\s+Active\s+Pending\s+Completed\s+Blocked\s+All time blocked$/,
    "the names of the columns",
  );
  const pools = lines.many(() => readPool(lines));
  if (pools.length === 0) throw lines.unreadable("a thread pool");
  const dropped = readDropped(lines);
  lines.end("a thread pool or a kind of message");
  return { pools, dropped };
}

function readPool(lines: NodetoolOutput): ThreadPool | undefined {
  const groups = lines.match(POOL);
  if (groups === undefined) return undefined;
  const [name = "", ...counts] = groups;
  const [active, pending, completed, blocked, allTimeBlocked] = counts.map(numberOf);
  return { name, active, pending, completed, blocked, allTimeBlocked };
}

function readDropped(lines: NodetoolOutput): readonly DroppedMessages[] {
  const waits =
    lines.match(/^Latencies waiting in queue \(micros\) per dropped message types$/) !== undefined;
  const header = waits ? /^Message type\s+Dropped\s+50%\s+95%\s+99%\s+Max$/ : /^Message type\s+Dropped$/;
  lines.expect(header, "the names of the columns of dropped messages");
  const dropped = lines.many(() => readMessages(lines, waits));
  if (dropped.length === 0) throw lines.unreadable("a kind of message");
  return dropped;
}

function readMessages(lines: NodetoolOutput, waits: boolean): DroppedMessages | undefined {
  const groups = lines.match(waits ? DROPPED_AND_WAITED : DROPPED);
  if (groups === undefined) return undefined;
  const [message = "", dropped, ...times] = groups;
  const [p50, p95, p99, max] = times.map(numberOf);
  const known = p50 !== undefined && p95 !== undefined && p99 !== undefined && max !== undefined;
  if (!known && times.some(time => time !== "N/A")) throw lines.unreadable("four latencies or none", true);
  return { message, dropped: Number(dropped), waited: known ? { p50, p95, p99, max } : undefined };
}

function numberOf(text: string): number | undefined {
  return text === "N/A" ? undefined : Number(text);
}
