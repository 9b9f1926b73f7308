import * as v from "valibot";
import { duration } from "../../inventory/schema/leaves.ts";
import { databaseFields, instanceList, programFields } from "../fields.ts";

/** The keys of `snap:`. */
export const snapSettings = v.strictObject({
  ...programFields,
  instances: v.optional(instanceList),
  ...databaseFields,
  /** Where the snapshots go; without it, a folder of smc. */
  dir: v.optional(v.string()),
  interval: v.optional(duration, "2m"),
  /** How old the newest snapshot may be; without it, two intervals and a minute. */
  max_age: v.optional(duration),
});
export type SnapSettings = v.InferOutput<typeof snapSettings>;
