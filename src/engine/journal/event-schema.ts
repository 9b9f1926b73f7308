import * as v from "valibot";
import { planSchema } from "../../plan/schema.ts";
import type { EngineEvent, RunOutcome, StepOutcome } from "../events.ts";

// Journals outlive the smc that wrote them: what a later one adds to a record is ignored, what one of these lacks is
// an error.

const text = v.string();
const time = v.number();
const optionalText = v.exactOptional(text);

const stepOutcome: v.GenericSchema<unknown, StepOutcome> = v.variant("kind", [
  v.object({ kind: v.literal("changed"), note: optionalText, confirmed: v.exactOptional(v.boolean()) }),
  v.object({ kind: v.literal("unchanged"), reason: text }),
  v.object({
    kind: v.literal("failed"),
    reason: text,
    hint: optionalText,
    output: optionalText,
    log: optionalText,
  }),
  v.object({ kind: v.literal("blocked"), by: text }),
  v.object({ kind: v.literal("not-started"), reason: v.picklist(["interrupted", "halted", "paused"]) }),
]);

const runOutcome: v.GenericSchema<unknown, RunOutcome> = v.object({
  kind: v.picklist(["done", "failed", "interrupted", "paused"]),
  counts: v.object({ changed: time, unchanged: time, failed: time, blocked: time, notStarted: time }),
  duration: time,
});

/** The record that ends an attempt. */
export const runEndedSchema = v.object({
  type: v.literal("run-ended"),
  run: text,
  outcome: runOutcome,
  at: time,
});

/** The events of the engine as a journal has them. */
export const eventSchema: v.GenericSchema<unknown, EngineEvent> = v.variant("type", [
  v.object({ type: v.literal("run-started"), run: text, plan: planSchema, at: time, resumed: v.boolean() }),
  v.object({
    type: v.literal("step-started"),
    step: text,
    host: text,
    instance: optionalText,
    at: time,
  }),
  v.object({ type: v.literal("step-waiting"), step: text, evidence: text, elapsed: time, at: time }),
  v.object({ type: v.literal("step-ended"), step: text, outcome: stepOutcome, duration: time, at: time }),
  v.object({
    type: v.literal("stopping"),
    reason: v.picklist(["interrupt", "failure"]),
    underWay: v.array(text),
    inHand: v.exactOptional(v.array(text)),
    at: time,
  }),
  v.object({ type: v.literal("pausing"), why: text, at: time }),
  v.object({ type: v.literal("undo-started"), step: text, at: time }),
  v.object({ type: v.literal("undo-ended"), step: text, outcome: stepOutcome, at: time }),
  runEndedSchema,
]);
