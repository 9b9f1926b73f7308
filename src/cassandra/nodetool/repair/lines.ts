import { NodetoolOutput } from "../output.ts";
import type { Token } from "../../ring/model.ts";
import { COUNT, INTEGER, UUID } from "../values.ts";

/** What `nodetool repair` told, in its order. A repair of several keyspaces has a start and an end for each. */
export interface RepairReport {
  events: readonly RepairEvent[];
}

/** `at` is the node's or nodetool's local time, `2026-11-27 04:49:03,455`. */
export type RepairEvent = { at: string | undefined } & (
  | RepairStart
  | RepairSession
  /** The last but one line, from 2.2 on. */
  | { kind: "result"; succeeded: boolean }
  /** The command gave up; from 3.0.16 and 3.11.3 on. */
  | { kind: "error"; command: number; error: string }
  | RepairEnd
  /** There was nothing to do: no range that has replicas elsewhere. */
  | { kind: "nothing"; keyspace: string; because: "nothing to repair" | "replication factor is 1" }
  /** There was nothing to do: the keyspace has no tables. `text` is the whole line, of which there are several forms; 4.1 and later. */
  | { kind: "empty"; keyspace: string; text: string }
  /** The node dropped some of what it wanted to tell. */
  | { kind: "lost"; keyspace: string }
  /** nodetool asked the node how the repair went, for this reason; from 4.0 on. */
  | { kind: "asked"; because: string; answer: "completed" | "failed" | { notFound: number } }
  /** The node stopped while nodetool listened. */
  | { kind: "shutdown"; text: string }
  /** Any other message of the node, such as an error before the first session, or a trace. */
  | { kind: "message"; text: string }
);

interface RepairStart {
  kind: "start";
  command: number;
  /** From 3.10 on. */
  parent: string | undefined;
  keyspace: string;
  ranges: number;
  /** As the node understood them; undefined before 2.1. */
  options: string | undefined;
}

interface RepairSession {
  kind: "session";
  id: string;
  /** `(start, end]` each. */
  ranges: readonly { start: Token; end: Token }[];
  /** Undefined when it finished. */
  error: string | undefined;
  /** Percent of the command; from 2.2 on. */
  progress: number | undefined;
}

interface RepairEnd {
  kind: "end";
  command: number;
  /** `3 minutes 43 seconds`; undefined before 2.2, and after an error. */
  duration: string | undefined;
  /** From 3.0.16 and 3.11.3 on. */
  withError: boolean;
}

const TIME = String.raw`\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3})\] `;
const RANGE = String.raw`\(${INTEGER},${INTEGER}\]`;
const OLD_START = `repairing (${COUNT}) ranges for keyspace (\\w+)(?: (\\(parallelism=\\w+, full=\\w+\\)))?`;
const START = String.raw`repairing keyspace (\w+) with (repair options \(.*# of ranges: (${COUNT})(?:, .*)?\)(?: tracing with ${UUID})?)`;

type Body = RepairEvent extends infer Event ? (Event extends RepairEvent ? Omit<Event, "at"> : never) : never;
type Reader = readonly [RegExp, (groups: readonly string[]) => Body | undefined];

/** The lines that releases print after the time, in the order in which they are tried. Any other is a message. */
const READERS: readonly Reader[] = [
  readerOf(
    `Starting repair command #(${COUNT}), ${OLD_START}`,
    ([command, ranges, keyspace = "", options = ""]) => ({
      kind: "start",
      command: Number(command),
      parent: undefined,
      keyspace,
      ranges: Number(ranges),
      options: options === "" ? undefined : options,
    }),
  ),
  readerOf(
    `Starting repair command #(${COUNT})(?: \\((${UUID})\\))?, ${START}`,
    ([command, parent = "", keyspace = "", options = "", ranges]) => ({
      kind: "start",
      command: Number(command),
      parent: parent === "" ? undefined : parent,
      keyspace,
      ranges: Number(ranges),
      options,
    }),
  ),
  readerOf(
    String.raw`Repair session (\S+) for range (\[?${RANGE}(?:, ${RANGE})*\]?) (finished|failed with error (.*?))(?: \(progress: (${COUNT})%\))?`,
    readSession,
  ),
  readerOf("Repair completed successfully", () => ({ kind: "result", succeeded: true })),
  readerOf("Some repair failed", () => ({ kind: "result", succeeded: false })),
  readerOf(`Repair command #(${COUNT}) failed with error (.*)`, ([command, error = ""]) => ({
    kind: "error",
    command: Number(command),
    error,
  })),
  readerOf(
    `Repair command #(${COUNT}) finished(?: in (.+)|( with error))?`,
    ([command, duration = "", withError = ""]) => ({
      kind: "end",
      command: Number(command),
      duration: duration === "" ? undefined : duration,
      withError: withError !== "",
    }),
  ),
  readerOf(String.raw`Nothing to repair for keyspace '(\w+)'`, ([keyspace = ""]) => ({
    kind: "nothing",
    keyspace,
    because: "nothing to repair",
  })),
  readerOf(
    String.raw`Replication factor is 1\. No repair is needed for keyspace '(\w+)'`,
    ([keyspace = ""]) => ({
      kind: "nothing",
      keyspace,
      because: "replication factor is 1",
    }),
  ),
  readerOf(
    String.raw`((?:Repair ${UUID} skipped: )?${UUID} Empty keyspace, skipping repair: (\w+))`,
    ([text = "", keyspace = ""]) => ({ kind: "empty", keyspace, text }),
  ),
  readerOf(
    String.raw`Lost notification\. You should check server log for repair status of keyspace (\w+)`,
    ([keyspace = ""]) => ({ kind: "lost", keyspace }),
  ),
  readerOf(
    String.raw`(.+) queried for parent session status and discovered repair (completed|failed)\.`,
    ([because = "", answer]) => ({
      kind: "asked",
      because,
      answer: answer === "completed" ? "completed" : "failed",
    }),
  ),
  readerOf(
    `(.+) queried for parent session status and couldn't find repair status for cmd: (${COUNT})`,
    ([because = "", command]) => ({ kind: "asked", because, answer: { notFound: Number(command) } }),
  ),
];

/** Lines without a time. */
const BARE_LOST =
  /^There were some lost notification\(s\)\. You should check server log for repair status of keyspace (\w+)$/;
const BARE_SHUTDOWN = /^(Exception occurred during clean-up\. .*|Cassandra has shutdown\.)$/;

/**
 * Reads what `nodetool repair` wrote to standard output, of any release: NodeProbe.RepairRunner and StorageService (1.2 to
 * 2.1), RepairRunner and RepairRunnable (2.2 and later). What the node tells in other words is a `message`. Throws an
 * OperatorError that names the line when one has no time and is not known.
 */
export function parseRepair(output: string): RepairReport {
  const lines = new NodetoolOutput("repair", output);
  const events = lines.many(() => readTimed(lines) ?? readBare(lines));
  lines.end("a line of a repair, which begins with its time");
  return { events };
}

function readTimed(lines: NodetoolOutput): RepairEvent | undefined {
  const timed = lines.match(new RegExp(`^${TIME}(.+)$`));
  if (timed === undefined) return undefined;
  const [at = "", text = ""] = timed;
  for (const [pattern, read] of READERS) {
    const groups = pattern.exec(text);
    if (groups === null) continue;
    const event = read(groups.slice(1));
    if (event === undefined) throw lines.unreadable("ranges of a session", true);
    return { at, ...event };
  }
  return { at, kind: "message", text };
}

function readBare(lines: NodetoolOutput): RepairEvent | undefined {
  const lost = lines.match(BARE_LOST);
  if (lost !== undefined) return { at: undefined, kind: "lost", keyspace: lost[0] ?? "" };
  const shutdown = lines.match(BARE_SHUTDOWN);
  return shutdown === undefined ? undefined : { at: undefined, kind: "shutdown", text: shutdown[0] ?? "" };
}

function readerOf(pattern: string, read: Reader[1]): Reader {
  return [new RegExp(`^${pattern}$`), read];
}

/** Before 3.0 a session has one range, later a list of them. */
function readSession([id = "", list = "", outcome, error = "", progress = ""]: readonly string[]):
  Body | undefined {
  if (list.startsWith("[") !== list.endsWith("]]")) return undefined;
  const ranges = [...list.matchAll(new RegExp(String.raw`\((${INTEGER}),(${INTEGER})\]`, "g"))].map(
    ([, start = "", end = ""]) => ({ start: BigInt(start), end: BigInt(end) }),
  );
  return {
    kind: "session",
    id,
    ranges,
    error: outcome === "finished" ? undefined : error,
    progress: progress === "" ? undefined : Number(progress),
  };
}
