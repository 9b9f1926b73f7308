import type { Milliseconds } from "../../base/units.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { parseRepair, type RepairReport } from "../../cassandra/nodetool/repair/lines.ts";
import { judgeRepair } from "../../cassandra/nodetool/repair/verdict.ts";
import { parseCassandraVersion, type CassandraVersion } from "../../cassandra/version.ts";
import type { RepairAction } from "../../plan/model.ts";
import type { CommandResult } from "../../transport/model.ts";
import { describeEnd, outputTail } from "../command-failure.ts";
import { pause } from "../deadline.ts";
import type { ActionContext } from "../registry.ts";
import { runOptions } from "../run-options.ts";
import { readHistory, type RepairRecord } from "./history.ts";
import { lookForRepairs } from "./idle.ts";
import type { RepairAttempt } from "./model.ts";
import { watchMovement } from "./movement.ts";

/** Validations and streams are told as over a moment after nodetool is. */
const SETTLE_TIMEOUT: Milliseconds = 10_000;
const SETTLE_INTERVAL: Milliseconds = 500;

/** Runs nodetool once, ends it when nothing moves, and judges by all three sources. */
export async function attemptRepair(
  action: RepairAction,
  command: RepairAction["commands"][number],
  context: ActionContext,
): Promise<RepairAttempt> {
  const startedAt = Date.now();
  const { result, stalled } = await runWatched(action, command.argv, context);
  const base = { startedAt, output: outputTail(result) };
  if (result.end.kind === "unreachable" || result.end.kind === "not-permitted") {
    return { ...base, kind: "failed", reason: result.end.reason, mayStillRun: false };
  }
  if (context.signal.aborted)
    return { ...base, kind: "unknown", reason: describeEnd(result), mayStillRun: true };
  const report = readReport(result);
  if (typeof report === "string") return { ...base, kind: "unknown", reason: report, mayStillRun: true };
  const history = await settledHistory(action, { report, startedAt }, context);
  const nodetool = {
    exit: result.end.kind === "exited" ? result.end.code : undefined,
    stderr: result.stderr,
  };
  const verdict = judgeRepair({ version: versionOf(action), nodetool, report, history });
  const left = verdict.kind === "ok" ? notRepaired(command, report, history) : [];
  if (left.length > 0) {
    const reason = `other ranges were repaired than (${left.join("], (")}]: the ring is another than the plan was made for`;
    return { ...base, kind: "refused", reason, mayStillRun: false };
  }
  const why = stalled ?? (nodetool.exit === undefined ? describeEnd(result) : undefined);
  const reason = why === undefined || verdict.kind === "ok" ? verdict.reason : `${why}; ${verdict.reason}`;
  return { ...base, ...verdict, reason };
}

async function runWatched(
  action: RepairAction,
  argv: readonly string[],
  context: ActionContext,
): Promise<{ result: CommandResult; stalled: string | undefined }> {
  const watch = watchMovement(action, context);
  try {
    const options = runOptions(context, action.runAs);
    const result = await context.connection.run(argv, {
      ...options,
      signal: AbortSignal.any([context.signal, watch.stalled]),
      onOutput: watch.moved,
    });
    return { result, stalled: watch.why() };
  } finally {
    await watch.end();
  }
}

/** The lines of nodetool, or why they cannot be believed. */
function readReport({ stdout, cut }: CommandResult): RepairReport | string {
  if (cut !== undefined && cut.stdout > 0) return "nodetool wrote more than smc keeps";
  try {
    return parseRepair(stdout);
  } catch (error) {
    if (error instanceof OperatorError) return [error.message, ...error.details].join(": ");
    throw error;
  }
}

/** The history once the nodes have come to rest, or as it is when they do not. */
async function settledHistory(
  action: RepairAction,
  repair: { report: RepairReport; startedAt: number },
  context: ActionContext,
): Promise<RepairRecord & { active: boolean }> {
  const end = Math.min(Date.now() + Math.min(SETTLE_TIMEOUT, action.patience), context.deadline);
  for (;;) {
    const [activity, history] = await Promise.all([
      lookForRepairs(action, context),
      readHistory(action, repair, context),
    ]);
    const active = activity.state === "busy";
    const open = active || history.parent === "unfinished";
    if (!open || Date.now() >= end || context.signal.aborted) return { ...history, active };
    await pause(SETTLE_INTERVAL, context.signal);
  }
}

/** The ranges of a command that neither a line nor the history tells to be repaired: the primary ranges of a node are its own affair. */
function notRepaired(
  { ranges }: RepairAction["commands"][number],
  { events }: RepairReport,
  { ranges: recorded }: RepairRecord,
): string[] {
  if (events.some(({ kind }) => kind === "empty")) return [];
  const told = events.flatMap(event => (event.kind === "session" ? event.ranges : []));
  const repaired = new Set([...told.map(({ start, end }) => `(${start},${end}]`), ...recorded]);
  const left = ranges.filter(({ after, upTo }) => !repaired.has(`(${after},${upTo}]`));
  return left.map(({ after, upTo }) => `${after}, ${upTo}`);
}

function versionOf({ release }: RepairAction): CassandraVersion {
  const version = parseCassandraVersion(release);
  if (version === undefined)
    throw new OperatorError(`${release} is no release of Cassandra`, { code: "PLAN_INVALID" });
  return version;
}
