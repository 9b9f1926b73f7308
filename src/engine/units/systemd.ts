import { systemctlCommand } from "../../plan/commands.ts";
import type { SystemdUnit } from "../../plan/model.ts";
import { commandFailure } from "../command-failure.ts";
import { inGrace, pause } from "../deadline.ts";
import type { ActionResult } from "../performer.ts";
import { runOptions } from "../run-options.ts";
import { lastWords } from "./last-words.ts";
import type { UnitManager, UnitWork } from "./manager.ts";
import type { UnitStatus } from "./status.ts";
import { unitStatus } from "./unit-statuses.ts";

type Work = UnitWork<SystemdUnit>;

/** A program that cannot live shows it within this time, in milliseconds. */
const SETTLE = 500;

/** Units of systemd, by systemctl. */
export const systemd: UnitManager<SystemdUnit> = {
  status: statusOf,
  start: async work => {
    const before = await statusOf(work);
    // systemd starts one that is just ending when it has ended.
    if (before.state === "running" && before.ending !== true)
      return { kind: "unchanged", reason: before.evidence };
    return startBy(work, "start");
  },
  restart: work => startBy(work, "restart"),
  stop: async work => {
    const before = await statusOf(work);
    if (before.state === "stopped") return { kind: "unchanged", reason: before.evidence };
    const result = await systemctl(work, "stop");
    if (!result.ok) return withLog(work, commandFailure(result));
    const after = await statusOf(work);
    const runs = after.state === "running" || after.state === "unknown";
    return runs ? { kind: "failed", reason: `after its stop ${after.evidence}` } : { kind: "changed" };
  },
  reload: async work => {
    const before = await statusOf(work);
    if (before.state !== "running")
      return { kind: "failed", reason: `${before.evidence}, so nothing can read its configuration` };
    const result = await systemctl(work, "reload");
    return result.ok ? { kind: "changed" } : withLog(work, commandFailure(result));
  },
};

function statusOf({ unit, runAs, context }: Work): Promise<UnitStatus> {
  return unitStatus(context.connection, unit, runOptions(context, runAs));
}

function systemctl(
  { unit, runAs, context }: Work,
  operation: "start" | "stop" | "restart" | "reload",
): ReturnType<Work["context"]["connection"]["run"]> {
  return context.connection.run(systemctlCommand(operation, unit.name), runOptions(context, runAs));
}

/** A unit counts as started when it still runs a moment later. */
async function startBy(work: Work, operation: "start" | "restart"): Promise<ActionResult> {
  const result = await systemctl(work, operation);
  if (!result.ok) return withLog(work, commandFailure(result));
  const first = await statusOf(work);
  await pause(SETTLE, work.context.signal);
  const second = await statusOf(work);
  if (second.state === "running" && second.identity === first.identity) return { kind: "changed" };
  const reason =
    second.state === "running" ? `${work.unit.name} ended and was started again by systemd` : second.evidence;
  return withLog(work, { kind: "failed", reason: `soon after its ${operation}, ${reason}` });
}

/** Adds the last words of the unit to a failure. */
async function withLog(
  { unit, runAs, context }: Work,
  failure: Extract<ActionResult, { kind: "failed" }>,
): Promise<ActionResult> {
  const words = await inGrace(
    lastWords(context.connection, { unit, runAs }).then(text => context.redactAll(text)),
  );
  if (words === "") return failure;
  return { ...failure, log: `${unit.name} of ${context.connection.target.name} said:\n${words}` };
}
