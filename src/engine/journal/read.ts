import * as v from "valibot";
import { OperatorError } from "../../base/operator-error.ts";
import type { Plan } from "../../plan/model.ts";
import { readJsonLines } from "../../state/json-lines.ts";
import type { EngineEvent } from "../events.ts";
import { eventSchema } from "./event-schema.ts";
import { headerSchema, type JournalHeader } from "./header.ts";

/** All that is recorded of a run. */
export interface RecordedRun {
  header: JournalHeader;
  plan: Plan;
  /** Of all attempts, oldest first. */
  events: readonly EngineEvent[];
}

/**
 * Reads the journal of a run. Throws an OperatorError when it cannot be read, when a record is not what smc writes, or
 * when the run was killed before its plan was recorded.
 */
export async function readRun(path: string): Promise<RecordedRun> {
  const { values } = await readJsonLines(path);
  const [first, ...rest] = values;
  const header = check(headerSchema, first, `${path}: record 1`);
  const events = rest.map((value, index) => check(eventSchema, value, `${path}: record ${index + 2}`));
  const start = events.find(event => event.type === "run-started");
  if (start === undefined) {
    throw new OperatorError(`run ${header.run} ended before its first step`, {
      code: "RUN_EMPTY",
      hint: `start it again: smc ${header.command.join(" ")}`,
    });
  }
  return { header, plan: start.plan, events };
}

function check<T>(schema: v.GenericSchema<unknown, T>, value: unknown, place: string): T {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new OperatorError(`${place} is not what smc writes: ${v.getDotPath(issue) ?? ""} ${issue.message}`, {
    code: "JOURNAL_DAMAGED",
  });
}
