import type { Bytes } from "../../base/units.ts";
import { NodetoolOutput } from "./output.ts";
import { COUNT, parseNodeAddress, UUID, type NodeAddress } from "./values.ts";

/** What a node sends and receives. */
export interface NetworkReport {
  /** `NORMAL`, `JOINING`, `LEAVING`, `DECOMMISSIONED`, `MOVING`, `DRAINING`, `DRAINED`, `STARTING`, … */
  mode: string;
  /** What nodetool says is not under way. Before 2.0 `sending` says nothing of what is received; from 2.0 on it says both. */
  idle: { sending: boolean; receiving: boolean };
  streams: readonly StreamPlan[];
  /** Not told by a node that is starting. */
  readRepair: Readonly<Record<"attempted" | "mismatchBlocking" | "mismatchBackground", number>> | undefined;
  pools: readonly MessagePool[];
}

/** Streams that belong together: a repair, a bootstrap. */
export interface StreamPlan {
  /** `Repair`, `Bootstrap`, `Unbootstrap`, `Rebuild`, …; undefined before 2.0. */
  operation: string | undefined;
  id: string | undefined;
  sessions: readonly StreamSession[];
}

interface StreamSession {
  peer: NodeAddress;
  /** Its private address, when that is the one that is used. */
  via: NodeAddress | undefined;
  receiving: StreamDirection | undefined;
  sending: StreamDirection | undefined;
}

export interface StreamDirection {
  /** All files and bytes of the session; not told before 2.0. */
  total: { files: number; bytes: Bytes } | undefined;
  /** What of them is through; not told before 2.1. */
  done: { files: number; bytes: Bytes } | undefined;
  /** The files that have begun. */
  files: readonly StreamFile[];
}

export interface StreamFile {
  /** Path, or keyspace and table. */
  name: string;
  done: Bytes;
  total: Bytes;
  /** Which of the connections to the peer; undefined where it is not told. */
  connection: number | undefined;
  /** How many sections of the file go; only before 2.0. */
  sections: number | undefined;
}

/** Messages to other nodes. */
interface MessagePool {
  /** `Commands` and `Responses`; from 2.2 on `Large messages`, `Small messages` and `Gossip messages`. */
  name: string;
  pending: number;
  completed: number;
  dropped: number | undefined;
}

const OLD_POOLS = ["Commands", "Responses"];
const POOLS = ["Large messages", "Small messages", "Gossip messages"];
const PERCENT = String.raw`(\d+(?:\.\d\d)?|NaN|Infinity)%`;
const FILE = new RegExp(
  String.raw`^ {12}(\S.*) (${COUNT})\/(${COUNT}) bytes ?\(${PERCENT}\) (received from|sent to) (\S+)$`,
);
/** Which connection it is, where it stands before the peer. */
const CONNECTION = new RegExp(`^(?:idx:${COUNT})?$`);
const RECEIVING = wayOf("Receiving", "received", "received from");
const SENDING = wayOf("Sending", "sent", "sent to");
const OLD_FILE = new RegExp(
  String.raw`^ {3}(\S.*) sections=(${COUNT}) progress=(${COUNT})\/(${COUNT}) - ${PERCENT}$`,
);

/**
 * Reads `nodetool netstats` without `-H`. The formats are those of NodeCmd.printNetworkStats (1.2, 2.0), NetStats (2.1 and
 * later), PendingFile and ProgressInfo. Percentages are not kept: a line in which they contradict the numbers is refused.
 * Throws an OperatorError that names the line when there is one that it does not know.
 */
export function parseNetStats(output: string): NetworkReport {
  const lines = new NodetoolOutput("netstats", output);
  const [mode = ""] = lines.expect(/^Mode: ([A-Z_]+)$/, "Mode: …");
  const sending = lines.match(/^Not sending any streams\.$/) !== undefined;
  const plans = lines.many(() => readPlan(lines) ?? readOldPlan(lines, "to"));
  const receiving = lines.match(/^Not receiving any streams\.$/) !== undefined;
  const oldPlans = lines.many(() => readOldPlan(lines, "from"));
  const readRepair = readReadRepair(lines);
  const pools = readRepair === undefined ? [] : readPools(lines);
  lines.end("a stream, a file of it or a pool of messages");
  return { mode, idle: { sending, receiving }, streams: [...plans, ...oldPlans], readRepair, pools };
}

function readPlan(lines: NodetoolOutput): StreamPlan | undefined {
  const groups = lines.match(new RegExp(`^([A-Z][A-Za-z ]*) (${UUID})$`));
  if (groups === undefined) return undefined;
  const [operation, id] = groups;
  return { operation, id, sessions: lines.many(() => readSession(lines)) };
}

function readSession(lines: NodetoolOutput): StreamSession | undefined {
  const groups = lines.match(/^ {4}(\S+)(?: \(using (\S+)\))?$/);
  if (groups === undefined) return undefined;
  const [peer = "", via = ""] = groups;
  return {
    peer: addressOf(lines, peer),
    via: via === "" ? undefined : addressOf(lines, via),
    receiving: readDirection(lines, RECEIVING, peer),
    sending: readDirection(lines, SENDING, peer),
  };
}

/** The words of one direction. */
interface Way {
  totals: RegExp;
  file: string;
}

function wayOf(doing: string, done: string, file: string): Way {
  const already = String.raw`Already ${done} (${COUNT}) files(?: \(${PERCENT}\))?, (${COUNT}) bytes total(?: \(${PERCENT}\))?`;
  return {
    totals: new RegExp(String.raw`^ {8}${doing} (${COUNT}) files, (${COUNT}) bytes total(?:\. ${already})?$`),
    file,
  };
}

function readDirection(lines: NodetoolOutput, way: Way, peer: string): StreamDirection | undefined {
  const groups = lines.match(way.totals);
  if (groups === undefined) return undefined;
  const [files, bytes, filesDone = "", filesPercent = "", bytesDone, bytesPercent = ""] = groups;
  const total = { files: Number(files), bytes: Number(bytes) };
  const done = { files: Number(filesDone), bytes: Number(bytesDone) };
  checkPercent(lines, filesPercent, done.files / total.files);
  checkPercent(lines, bytesPercent, done.bytes / total.bytes);
  return {
    total,
    done: filesDone === "" ? undefined : done,
    files: lines.many(() => readFile(lines, way, peer)),
  };
}

function readFile(lines: NodetoolOutput, way: Way, peer: string): StreamFile | undefined {
  const groups = lines.match(FILE);
  if (groups === undefined) return undefined;
  const [name = "", done, total, percent = "", direction, place = ""] = groups;
  const connection = place.endsWith(peer) ? place.slice(0, -peer.length) : undefined;
  if (direction !== way.file || connection === undefined || !CONNECTION.test(connection))
    throw lines.unreadable(`a file that is ${way.file} ${peer}`, true);
  checkPercent(lines, percent, Number(done) / Number(total));
  return {
    name,
    done: Number(done),
    total: Number(total),
    connection: connection === "" ? undefined : Number(connection.slice("idx:".length)),
    sections: undefined,
  };
}

/** Before 2.0 each peer has a heading, and below it the files that go one way. */
function readOldPlan(lines: NodetoolOutput, way: "to" | "from"): StreamPlan | undefined {
  const nothing = lines.match(new RegExp(`^ Nothing streaming ${way} (\\S+)$`));
  const heading = nothing ?? lines.match(new RegExp(`^Streaming ${way}: (\\S+)$`));
  if (heading === undefined) return undefined;
  const peer = addressOf(lines, heading[0] ?? "");
  const direction = { total: undefined, done: undefined, files: lines.many(() => readOldFile(lines)) };
  if ((nothing === undefined) === (direction.files.length === 0))
    throw lines.unreadable("files below a peer that has some");
  const [sending, receiving] = way === "to" ? [direction, undefined] : [undefined, direction];
  return { operation: undefined, id: undefined, sessions: [{ peer, via: undefined, sending, receiving }] };
}

function readOldFile(lines: NodetoolOutput): StreamFile | undefined {
  const groups = lines.match(OLD_FILE);
  if (groups === undefined) return undefined;
  const [name = "", sections, done, total, percent = ""] = groups;
  checkPercent(lines, percent, Number(done) / Number(total));
  return {
    name,
    done: Number(done),
    total: Number(total),
    connection: undefined,
    sections: Number(sections),
  };
}

function readReadRepair(lines: NodetoolOutput): NetworkReport["readRepair"] {
  if (lines.match(/^Read Repair Statistics:$/) === undefined) return undefined;
  const count = (name: string) =>
    Number(
      lines.expect(new RegExp(`^${name}: (${COUNT})$`), `${name.replaceAll("\\", "")}: and a number`)[0],
    );
  return {
    attempted: count("Attempted"),
    mismatchBlocking: count(String.raw`Mismatch \(Blocking\)`),
    mismatchBackground: count(String.raw`Mismatch \(Background\)`),
  };
}

function readPools(lines: NodetoolOutput): readonly MessagePool[] {
  const [dropped] = lines.expect(
    /^Pool Name\s+Active\s+Pending\s+Completed(\s+Dropped)?$/,
    "the names of the columns",
  );
  const names = lines.sees(/^Commands /) ? OLD_POOLS : POOLS;
  return names.map(name => readPool(lines, name, dropped !== ""));
}

function readPool(lines: NodetoolOutput, name: string, tellsDropped: boolean): MessagePool {
  const end = tellsDropped ? String.raw`\s+(${COUNT})$` : "$";
  const row = new RegExp(String.raw`^${name}\s+n\/a\s+(${COUNT})\s+(${COUNT})${end}`);
  const [pending, completed, dropped] = lines.expect(row, `numbers of ${name}`);
  return {
    name,
    pending: Number(pending),
    completed: Number(completed),
    dropped: dropped === undefined ? undefined : Number(dropped),
  };
}

function addressOf(lines: NodetoolOutput, text: string): NodeAddress {
  const address = parseNodeAddress(text);
  if (address === undefined) throw lines.unreadable("the address of a peer", true);
  return address;
}

/** Throws when a printed percentage is not that of `share`; Java cuts whole ones and rounds those with digits after the point. */
function checkPercent(lines: NodetoolOutput, printed: string, share: number): void {
  if (printed === "") return;
  const [least, most] = printed.includes(".") ? [-0.01, 0.01] : [0, 1];
  const difference = share * 100 - Number(printed);
  const agrees = Number.isFinite(share)
    ? difference >= least && difference <= most
    : printed === (Number.isNaN(share) ? "NaN" : "Infinity");
  if (!agrees) throw lines.unreadable("a percentage that agrees with its numbers", true);
}
