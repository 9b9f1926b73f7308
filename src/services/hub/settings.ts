import * as v from "valibot";
import { instancesSchema } from "../../inventory/schema/services.ts";
import { databaseFields, programFields } from "../fields.ts";

/** The keys of `hub:`. */
export const hubSettings = v.strictObject({
  ...programFields,
  ...databaseFields,
  /** How many on each host, or each by its id. */
  instances: v.optional(instancesSchema, 1),
  /** Projects run on the host of the hub itself, as in a site on one machine. */
  all_projects_local: v.optional(v.boolean(), false),
});
export type HubSettings = v.InferOutput<typeof hubSettings>;
