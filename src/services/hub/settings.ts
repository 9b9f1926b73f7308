import * as v from "valibot";
import { databaseFields, port, programFields } from "../fields.ts";

const oneInstance = v.strictObject({ id: v.number(), port: v.optional(port), proxy_port: v.optional(port) });

/** The keys of `hub:`. */
export const hubSettings = v.strictObject({
  ...programFields,
  ...databaseFields,
  /** How many on each host, or each by its id. */
  instances: v.optional(v.union([v.pipe(v.number(), v.integer(), v.minValue(1)), v.array(oneInstance)]), 1),
  /** Projects run on the host of the hub itself, as in a site on one machine. */
  all_projects_local: v.optional(v.boolean(), false),
});
export type HubSettings = v.InferOutput<typeof hubSettings>;
