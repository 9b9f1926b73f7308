import type { Unit } from "../../plan/model.ts";
import type { ActionResult } from "../performer.ts";
import type { ActionContext } from "../registry.ts";
import type { UnitStatus } from "./status.ts";

/** What an operation on a unit works with. */
export interface UnitWork<U extends Unit> {
  unit: U;
  runAs: string | undefined;
  context: Pick<ActionContext, "connection" | "deadline" | "redactAll" | "signal">;
}

/** How units of one kind are started and stopped. Each operation reports what came of it and changes nothing twice. */
export interface UnitManager<U extends Unit> {
  status(work: UnitWork<U>): Promise<UnitStatus>;
  start(work: UnitWork<U>): Promise<ActionResult>;
  stop(work: UnitWork<U>): Promise<ActionResult>;
  restart(work: UnitWork<U>): Promise<ActionResult>;
  reload(work: UnitWork<U>): Promise<ActionResult>;
}
