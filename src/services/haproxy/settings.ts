import * as v from "valibot";
import { duration, port } from "../../inventory/schema/leaves.ts";
import { instanceList, limits, peers, runAs } from "../fields.ts";

/** The keys of `haproxy:`. */
export const haproxySettings = v.strictObject({
  instances: v.optional(instanceList),
  run_as: v.optional(runAs, "user"),
  limits: v.optional(limits, {}),
  /** Answer on the `http_redirect` port and send browsers to https. */
  redirect_http: v.optional(v.boolean(), false),
  /** A further port that speaks plain http, for tests. */
  insecure_testing_port: v.optional(port),
  /** Which hubs and nginx it sends to. */
  backends: v.optional(peers, "same-dc"),
  /** How long a hub may take to answer. */
  server_timeout: v.optional(duration, "60s"),
  /** How long a websocket may be silent. */
  tunnel_timeout: v.optional(duration, "1h"),
});
export type HaproxySettings = v.InferOutput<typeof haproxySettings>;
