import type { CassandraVersion } from "../../version.ts";
import { repairBehaviour } from "./behaviour.ts";
import type { RepairEvent, RepairReport } from "./lines.ts";

/** How a repair went. What is not proven is unknown: no exit code and no line is believed alone. */
export interface RepairVerdict {
  kind: "ok" | "failed" | "unknown";
  reason: string;
  /** Whether the nodes may still be at it: killing nodetool does not end a repair, and failing need not end it either. */
  mayStillRun: boolean;
}

/** The three sources, and the release that says how far each can be believed. */
export interface RepairEvidence {
  version: CassandraVersion;
  nodetool: {
    /** Undefined when nodetool was ended, or its end was not seen. */
    exit: number | undefined;
    stderr: string;
  };
  report: RepairReport;
  history: RepairHistory;
}

/** What the nodes have on record, and what they are seen to do. */
export interface RepairHistory {
  /**
   * The repair in system_distributed.parent_repair_history (from 2.2 on) by its parent session: `succeeded` when all requested
   * ranges are among the successful ones, `failed` when it has an exception or ended without some of them. In
   * all other cases, and when nobody could be asked, nothing is known.
   */
  parent: "succeeded" | "failed" | "unfinished" | "unknown";
  /** How many of its sessions in system_distributed.repair_history failed. */
  failedSessions: number;
  /** Whether a replica still validates or streams for it. */
  active: boolean;
}

/** A line that is none of the repair's own and tells of a failure, by NodeCmd and StorageService of 2.0 and 2.1. */
const FAILURE_MESSAGE =
  /Repair may be imprecise|^Cancelling repair command|^Repair failed with error|It is not possible to mix sequential/;

/** Judges one repair of one keyspace. */
export function judgeRepair(evidence: RepairEvidence): RepairVerdict {
  const { history, nodetool, report } = evidence;
  const failure = failureIn(evidence);
  if (failure !== undefined) return { kind: "failed", reason: failure, mayStillRun: history.active };
  const doubt = doubtIn(evidence);
  const mayStillRun = history.active || history.parent !== "succeeded";
  if (history.active)
    return { kind: "unknown", reason: "replicas still validate or stream for it", mayStillRun: true };
  if (history.parent === "unfinished") {
    const reason = doubt ?? "nodetool tells that it ended, but the repair history does not";
    return { kind: "unknown", reason, mayStillRun: true };
  }
  if (doubt === undefined) return { kind: "ok", reason: successOf(report), mayStillRun: false };
  if (history.parent === "succeeded" && started(report))
    return { kind: "ok", reason: `by the repair history, although ${doubt}`, mayStillRun: false };
  return {
    kind: "unknown",
    reason: doubt,
    mayStillRun: mayStillRun && (started(report) || nodetool.exit === undefined),
  };
}

/** Why the repair has failed for certain, if it has. */
function failureIn({ version, nodetool, report, history }: RepairEvidence): string | undefined {
  if (history.parent === "failed") return "the repair history says that it failed";
  if (history.failedSessions > 0) return `${history.failedSessions} sessions failed by the repair history`;
  return (
    report.events.map(failureOf).find(reason => reason !== undefined) ??
    repeatedStart(report) ??
    endWithoutEnd(nodetool.exit, report) ??
    failedExit({ version, nodetool, report })
  );
}

function failureOf(event: RepairEvent): string | undefined {
  switch (event.kind) {
    case "session":
      return event.error === undefined ? undefined : `session ${event.id} failed: ${event.error}`;
    case "result":
      return event.succeeded ? undefined : "some of it failed";
    case "error":
      return event.error;
    case "end":
      return event.withError ? "it ended with an error" : undefined;
    case "asked":
      return event.answer === "failed" ? "the node says that it failed" : undefined;
    case "message":
      return FAILURE_MESSAGE.test(event.text) ? event.text : undefined;
    case "start":
    case "nothing":
    case "empty":
    case "lost":
    case "shutdown":
      return undefined;
  }
}

/** 1.2 tells that a range is not one of the node's own by a second line about the start. */
function repeatedStart({ events }: RepairReport): string | undefined {
  const commands = events.flatMap(event => (event.kind === "start" ? [event.command] : []));
  const repeated = commands.find((command, index) => commands.indexOf(command) !== index);
  return repeated === undefined
    ? undefined
    : `command #${repeated} started twice: a range is not one of the node's`;
}

/** 2.1 to 3.0.15 end with a message, and then no line about the end (2.1) or an empty one (later), when a repair does not get going. */
function endWithoutEnd(exit: number | undefined, { events }: RepairReport): string | undefined {
  const messages = events.flatMap(event =>
    event.kind === "message" && event.text !== "null" ? [event.text] : [],
  );
  const happened = events.some(({ kind }) => kind === "session" || kind === "end" || kind === "lost");
  return exit === 0 && !happened ? messages.at(-1) : undefined;
}

/** An exit code that stands for a failure, when nothing says that nodetool only lost sight of the repair. */
function failedExit({ version, nodetool, report }: Omit<RepairEvidence, "history">): string | undefined {
  const { exit, stderr } = nodetool;
  if (exit === undefined || exit === 0 || lostSight(nodetool, report) || succeeded(report)) return undefined;
  if (!started(report)) return `nodetool did not start it: ${firstLine(stderr)}`;
  return exit === repairBehaviour(version).failedExit
    ? `nodetool ended with ${exit}: ${firstLine(stderr)}`
    : undefined;
}

/** What keeps the end of nodetool and its lines from proving a success, if anything does. */
function doubtIn({ version, nodetool, report }: RepairEvidence): string | undefined {
  const { events } = report;
  const { exit } = nodetool;
  if (exit === undefined) return "nodetool was not seen to end";
  if (lostSight(nodetool, report)) return "nodetool lost sight of it";
  if (exit !== 0) return `nodetool ended with ${exit}`;
  const message = events.find(event => event.kind === "message");
  if (message?.kind === "message") return `nodetool wrote what smc does not know: ${message.text}`;
  if (nothingToDo(report) !== undefined) return undefined;
  if (!started(report))
    return events.length === 0 ? "nodetool told nothing of it" : "nodetool did not hear that it started";
  if (succeeded(report)) return undefined;
  const believed =
    repairBehaviour(version).failedExit === 0 ? ", and its exit code tells nothing on this release" : "";
  return `only ${finishedRanges(report)} of ${askedRanges(report)} ranges are told to be finished${believed}`;
}

/** Whether notifications were lost, and not asked for afterwards, or the connection to the node ended. */
function lostSight({ stderr }: RepairEvidence["nodetool"], { events }: RepairReport): boolean {
  return (
    stderr.includes("JMX connection closed") ||
    events.some(({ kind }) => kind === "lost" || kind === "shutdown") ||
    events.some(event => event.kind === "asked" && typeof event.answer === "object")
  );
}

/**
 * Whether the lines prove a success: each command that started has ended, and said before that it succeeded (2.2 and
 * later) or told of all of its ranges that they are finished (before).
 */
function succeeded({ events }: RepairReport): boolean {
  const starts = events.flatMap((event, index) => (event.kind === "start" ? [index] : []));
  const commands = starts.map((start, index) => events.slice(start, starts[index + 1]));
  return commands.length > 0 && commands.every(commandSucceeded);
}

/** `events` are those of one command, from its start on. A node that was asked how it went tells without an end. */
function commandSucceeded(events: readonly RepairEvent[]): boolean {
  const hasResult = events.some(event => event.kind === "result" && event.succeeded);
  if (hasResult && events.some(event => event.kind === "asked" && event.answer === "completed")) return true;
  const [start] = events;
  const end = events.find(event => event.kind === "end");
  if (start?.kind !== "start" || end?.kind !== "end") return false;
  if (end.command !== start.command || end.withError) return false;
  if (end.duration !== undefined) return hasResult;
  return start.ranges > 0 && finishedRanges({ events }) === start.ranges;
}

function started({ events }: RepairReport): boolean {
  return events.some(({ kind }) => kind === "start");
}

function askedRanges({ events }: RepairReport): number {
  return events.reduce((sum, event) => sum + (event.kind === "start" ? event.ranges : 0), 0);
}

function finishedRanges({ events }: RepairReport): number {
  return new Set(
    events
      .flatMap(event => (event.kind === "session" && event.error === undefined ? event.ranges : []))
      .map(({ start, end }) => `${start},${end}`),
  ).size;
}

function successOf(report: RepairReport): string {
  return nothingToDo(report) ?? "all sources agree that it is complete";
}

/** Why nothing was begun, where there was nothing to do. */
function nothingToDo(report: RepairReport): string | undefined {
  if (started(report)) return undefined;
  const nothing = report.events.find(event => event.kind === "nothing");
  if (nothing?.kind === "nothing") return nothing.because;
  return report.events.some(({ kind }) => kind === "empty") ? "the keyspace has no tables" : undefined;
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] || "no reason given";
}
