import { runAs, type Work } from "../../plan/run-as.ts";
import type { Step, StepId } from "../../plan/model.ts";
import type { PlannedInstance } from "./planned-instance.ts";

/** What a builder says of a step; the rest has the usual value. */
export type StepWords = Pick<Step, "id" | "title" | "kind" | "action" | "timeout"> &
  Partial<Pick<Step, "needs" | "after" | "needsSome" | "done" | "whenChanged" | "undo" | "turn">>;

/** Completes a step of one instance. */
export function instanceStep(planned: PlannedInstance, words: StepWords): Step {
  return { host: planned.host.name, instance: planned.instance.name, needs: [], after: [], ...words };
}

/** `kind NAME`, unique in a plan as long as an instance has one step of that kind. */
export function stepId(kind: string, planned: PlannedInstance): StepId {
  return `${kind} ${planned.instance.name}`;
}

/** Adds the account that administers the host, which `local` does not have. */
export function asAdministrator<W extends Work>(planned: PlannedInstance, work: W): W {
  return runAs(planned.administrator, work);
}
