import { formatDuration, type Milliseconds } from "../../base/units.ts";
import type { RepairAction } from "../../plan/model.ts";
import { pause } from "../deadline.ts";
import type { ProbeAnswer } from "../performer.ts";
import type { ActionContext } from "../registry.ts";
import type { RepairAttempt } from "./model.ts";

const LOOK_INTERVAL: Milliseconds = 2000;

/** What the nodes of a job say of repairs, put together. */
interface Activity {
  /** `busy` when one says so; else `unknown` when one did not answer. */
  state: "idle" | "busy" | "unknown";
  /** What was seen, for people; it changes whenever something moves. */
  evidence: string;
}

/** Asks every node that takes part, all at once, whether a repair is under way there. */
export async function lookForRepairs(
  { replicas }: RepairAction,
  context: Pick<ActionContext, "ask">,
): Promise<Activity> {
  const answers = await Promise.all(
    replicas.map(async ({ host, idle }) => ({ host, ...(await context.ask(idle, host)) })),
  );
  const told = (holds: ProbeAnswer["holds"]): string =>
    answers
      .filter(answer => answer.holds === holds)
      .map(({ host, evidence }) => `${host}: ${evidence}`)
      .join("; ");
  const [busy, unknown] = [told("no"), told("unknown")];
  if (busy !== "") return { state: "busy", evidence: busy };
  return unknown === "" ? { state: "idle", evidence: "" } : { state: "unknown", evidence: unknown };
}

/**
 * Waits until no repair, of whomever, is under way on the nodes of the job. Gives why it may not begin when that takes longer
 * than the patience of the action, or when one of them cannot be asked: nothing is repaired with a replica away.
 */
export async function waitUntilIdle(
  action: RepairAction,
  context: ActionContext,
): Promise<RepairAttempt | undefined> {
  const startedAt = Date.now();
  const attempt = { startedAt, mayStillRun: false, output: "" };
  for (;;) {
    const { state, evidence } = await lookForRepairs(action, context);
    if (state === "idle") return undefined;
    if (state === "unknown") {
      return { ...attempt, kind: "failed", reason: `a node cannot be asked what it does: ${evidence}` };
    }
    if (Date.now() - startedAt >= action.patience || context.signal.aborted) {
      const waited = formatDuration(Date.now() - startedAt);
      return {
        ...attempt,
        kind: "refused",
        reason: `another repair is under way after ${waited}: ${evidence}`,
      };
    }
    context.waiting(`another repair is under way: ${evidence}`);
    await pause(Math.min(LOOK_INTERVAL, action.patience / 4), context.signal);
  }
}
