import { foldNames } from "../../base/host-ranges.ts";
import { formatDuration, type Milliseconds } from "../../base/units.ts";
import type { Action } from "../../plan/model.ts";
import { pause } from "../deadline.ts";
import type { ActionResult } from "../performer.ts";
import type { ActionContext, Executor } from "../registry.ts";
import { attemptRepair } from "../repair/attempt.ts";
import { waitUntilIdle } from "../repair/idle.ts";
import { ringIsAnother } from "../repair/layout.ts";
import { commandsLeft, recordRepair } from "../repair/ledger.ts";
import type { RepairAttempt } from "../repair/model.ts";

type Repair = Extract<Action, { kind: "repair" }>;
type RepairCommand = Repair["commands"][number];

/** What nobody should take for an end of the repair itself. */
const GOES_ON = "ending nodetool does not end a repair: it may go on on the nodes";

/**
 * Repairs what the ledger does not have yet. Each command begins when no repair is under way on any of its nodes, is judged
 * by what nodetool, its lines and the nodes tell of it, and is tried again when it did not succeed for certain.
 */
export const repair: Executor<Repair> = async (action, context) => {
  const open = await commandsLeft(action, context);
  if (open.length === 0) return { kind: "unchanged", reason: `the ledger has it since ${action.since}` };
  for (const command of open) {
    const failure = await repairOne(action, command, context);
    if (failure !== undefined) return failure;
  }
  return { kind: "changed" };
};

/** Gives how it failed, and nothing when it is repaired and recorded. */
async function repairOne(
  action: Repair,
  command: RepairCommand,
  context: ActionContext,
): Promise<ActionResult | undefined> {
  let mayStillRun = false;
  for (let number = 1; ; number += 1) {
    const kept = (await waitUntilIdle(action, context)) ?? (await ringIsAnother(action, context));
    // Where this one did not begin, the one before it may be what the nodes are at.
    const attempt: RepairAttempt =
      kept === undefined ? await attemptRepair(action, command, context) : { ...kept, mayStillRun };
    mayStillRun = attempt.mayStillRun;
    if (attempt.kind === "ok") {
      await recordRepair(action, command, { attempt, context });
      await leaveInPeace(action, Date.now() - attempt.startedAt, context);
      return undefined;
    }
    if (context.signal.aborted) return stopped(action, attempt);
    if (number >= action.attempts || attempt.kind === "refused") return failed(action, attempt, number);
    const rest = action.pause * 2 ** (number - 1);
    context.waiting(`${attempt.kind}: ${attempt.reason}; tried again in ${formatDuration(rest)}`);
    await pause(rest, context.signal);
    if (context.signal.aborted) return stopped(action, attempt);
  }
}

/** Leaves the nodes in peace in proportion to the work that they had. What was repaired is written down already, so nothing is lost by an end of it. */
async function leaveInPeace({ rest }: Repair, work: Milliseconds, context: ActionContext): Promise<void> {
  if (rest === 0) return;
  context.waiting(`repaired; leaves the nodes in peace for ${formatDuration(work * rest)}`);
  await pause(work * rest, context.signal);
}

function failed(action: Repair, attempt: RepairAttempt, number: number): ActionResult {
  const tries = number === 1 ? "" : ` after ${number} attempts`;
  return {
    kind: "failed",
    reason: `${wordOf(attempt)}${tries}: ${attempt.reason}`,
    ...hintOf(action, attempt),
    ...(attempt.output === "" ? {} : { output: attempt.output }),
  };
}

function hintOf(action: Repair, { mayStillRun, hint }: RepairAttempt): { hint?: string } {
  if (mayStillRun) return { hint: `${GOES_ON} ${foldNames(hostsOf(action))}` };
  return hint === undefined ? {} : { hint };
}

function stopped(action: Repair, { mayStillRun }: RepairAttempt): ActionResult {
  if (!mayStillRun) return { kind: "failed", reason: "stopped before it was repaired" };
  const reason = `stopped: whether it was repaired is unknown; ${GOES_ON} ${foldNames(hostsOf(action))}`;
  return { kind: "failed", reason, hint: "smc resume waits until they are done with it" };
}

function wordOf({ kind }: RepairAttempt): string {
  return kind === "unknown" ? "whether it was repaired is unknown" : "not repaired";
}

function hostsOf({ replicas }: Repair): string[] {
  return replicas.map(({ host }) => host);
}
