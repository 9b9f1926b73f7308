import type { RepairAction } from "../../plan/model.ts";
import type { RepairLedger } from "../../state/repair-ledger.ts";
import type { ActionContext } from "../registry.ts";
import type { RepairAttempt } from "./model.ts";

type RepairCommand = RepairAction["commands"][number];

/** The commands that the ledger does not have from the plan's time on: every range, on the same nodes, for the same tables and in the same way. */
export async function commandsLeft(action: RepairAction, context: ActionContext): Promise<RepairCommand[]> {
  const entries = await ledgerOf(context).entries();
  const since = Date.parse(action.since);
  const replicas = action.replicas
    .map(({ host }) => host)
    .sort()
    .join();
  const same = entries.filter(
    entry =>
      entry.keyspace === action.keyspace &&
      entry.mode === action.mode &&
      entry.tables.join() === action.tables.join() &&
      entry.dataCentres.join() === action.dataCentres.join() &&
      entry.replicas.toSorted().join() === replicas &&
      Date.parse(entry.start) >= since,
  );
  const there = new Set(same.flatMap(entry => entry.ranges.map(({ after, upTo }) => `${after} ${upTo}`)));
  return action.commands.filter(
    ({ ranges }) => !ranges.every(({ after, upTo }) => there.has(`${after} ${upTo}`)),
  );
}

/** Writes down a command that has succeeded. */
export function recordRepair(
  action: RepairAction,
  { ranges }: RepairCommand,
  { attempt, context }: { attempt: RepairAttempt; context: ActionContext },
): Promise<void> {
  const { keyspace, tables, dataCentres, mode, replicas } = action;
  return ledgerOf(context).record({
    keyspace,
    tables: [...tables],
    ranges: [...ranges],
    replicas: replicas.map(({ host }) => host),
    dataCentres: [...dataCentres],
    mode,
    start: new Date(attempt.startedAt).toISOString(),
    end: new Date().toISOString(),
  });
}

function ledgerOf({ ledger }: ActionContext): RepairLedger {
  if (ledger === undefined) throw new Error("a plan that repairs is carried out with a ledger");
  return ledger;
}
