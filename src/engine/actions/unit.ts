import type { Action, Unit } from "../../plan/model.ts";
import type { ActionResult } from "../performer.ts";
import type { Executor } from "../registry.ts";
import type { UnitManager, UnitWork } from "../units/manager.ts";
import { processes } from "../units/process.ts";
import { systemd } from "../units/systemd.ts";

type UnitAction = Extract<Action, { kind: "unit" }>;

/** Starts, stops, restarts or reloads a unit. A unit that dies moments after its start has failed. */
export const unit: Executor<UnitAction> = (action, context) => {
  const { unit } = action;
  return unit.manager === "systemd"
    ? operate(systemd, action, { unit, runAs: action.runAs, context })
    : operate(processes, action, { unit, runAs: action.runAs, context });
};

async function operate<U extends Unit>(
  manager: UnitManager<U>,
  { operation, previous }: UnitAction,
  work: UnitWork<U>,
): Promise<ActionResult> {
  if (operation !== "restart" || previous === undefined) return manager[operation](work);
  const { state, identity } = await manager.status(work);
  if (state === "running" && identity !== previous) {
    return { kind: "unchanged", reason: `${work.unit.name} was restarted since the plan was made` };
  }
  return manager.restart(work);
}
