import * as v from "valibot";
import type { ServiceName } from "../../base/names.ts";
import type { Ports, ServiceSettings } from "../model.ts";
import type { Alternatives } from "../source/value.ts";
import { port, selection, text } from "./leaves.ts";
import { timeoutsSchema } from "./site.ts";

/** What the loader has to know of a service: the keys of its entry, and the ports that one instance listens on. */
export interface ServiceFormat {
  /** A strict object, perhaps in a pipe with checks. */
  settings: v.GenericSchema;
  /** Ports by their key, computed from the block of the deployment. */
  ports: (ports: Ports, instance: { id: number; settings: ServiceSettings }) => Record<string, number>;
  /** Settings of which only one can be said: `num_tokens`, `initial_token`. */
  alternatives?: Alternatives;
  /** Settings that are lists of hosts, in which ranges may stand: `seeds`. */
  hostLists?: readonly string[];
}

/** The services of smc by name, and the form of those that a site describes itself. */
export interface ServiceFormats {
  known: Readonly<Record<ServiceName, ServiceFormat>>;
  /** A service that smc does not know: any program, described in the services file alone. */
  custom: ServiceFormat;
}

/** What the entry of every service may say, beside its settings; `hosts` apart, which holds entries of the same form. */
export const commonEntries = {
  at: v.optional(selection),
  state: v.optional(v.picklist(["present", "absent"]), "present"),
  note: v.optional(text),
  version: v.optional(text),
  timeouts: v.optional(v.partial(timeoutsSchema)),
  /** Other ports than those of the block, for this service or on one host. */
  ports: v.optional(v.record(text, port)),
};

/** An entry of a list of instances. */
export const instanceSchema = v.strictObject({
  id: v.pipe(v.number("an id is a number from 0"), v.integer(), v.minValue(0, "an id is a number from 0")),
  port: v.optional(port),
  proxy_port: v.optional(port),
});

/** How many of a service run on each host: more than this many on one is a slip. */
export const instanceCount = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(1, "at least one is expected; use state: absent for none"),
  v.maxValue(1000, "at most 1000 run on a host"),
);

/** How many of a service run on each host, or each of them by its id. */
export const instancesSchema = v.union(
  [instanceCount, v.array(instanceSchema)],
  "a number is expected, or a list: [{id: 0, port: 5000, proxy_port: 5001}]",
);
