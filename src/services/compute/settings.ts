import * as v from "valibot";
import { instanceList, programFields } from "../fields.ts";

/** YAML 1.1 reads a bare `on` and `off` as booleans, so both spellings are taken. */
const status = v.pipe(
  v.union([v.picklist(["on", "no-new-projects", "off"]), v.boolean()]),
  v.transform(value => (typeof value === "boolean" ? booleanStatus(value) : value)),
);

/** The keys of `compute:`. */
export const computeSettings = v.strictObject({
  ...programFields,
  instances: v.optional(instanceList),
  /** Whether hubs may open projects there, and make new ones. */
  status: v.optional(status, "on"),
  note: v.optional(v.string()),
});
export type ComputeSettings = v.InferOutput<typeof computeSettings>;

function booleanStatus(value: boolean): "on" | "off" {
  return value ? "on" : "off";
}
