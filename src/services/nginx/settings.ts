import * as v from "valibot";
import { instanceList, limits, runAs } from "../fields.ts";

/** The keys of `nginx:`. */
export const nginxSettings = v.strictObject({
  instances: v.optional(instanceList),
  run_as: v.optional(runAs, "user"),
  limits: v.optional(limits, {}),
  /** Folder of the static files on the host; without it, a page of smc. */
  static: v.optional(v.pipe(v.string(), v.startsWith("/", "a path on the host from its root"))),
});
export type NginxSettings = v.InferOutput<typeof nginxSettings>;
