import * as v from "valibot";
import { instanceList, limits, runAs, secret } from "../fields.ts";

/** The keys of `stunnel:`. */
export const stunnelSettings = v.strictObject({
  instances: v.optional(instanceList),
  run_as: v.optional(runAs, "user"),
  limits: v.optional(limits, {}),
  /** Certificate and key in one PEM file, without a passphrase. */
  certificate: v.optional(secret, "secret:sagemath.com/nopassphrase.pem"),
});
export type StunnelSettings = v.InferOutput<typeof stunnelSettings>;
