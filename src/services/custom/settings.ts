import * as v from "valibot";
import { duration, port } from "../../inventory/schema/leaves.ts";
import { instanceCount } from "../../inventory/schema/services.ts";
import { command, programFields } from "../fields.ts";

const file = v.union([
  v.string(),
  v.strictObject({
    content: v.string(),
    /** Permission bits as people write them: "0600". */
    mode: v.optional(v.pipe(v.string(), v.regex(/^0?[0-7]{3}$/, "permission bits such as 0640")), "0640"),
  }),
]);

const relativePath = v.pipe(
  v.string(),
  v.regex(/^[\w.-]+(\/[\w.-]+)*$/, "a path below the configuration folder of the instance"),
  v.check(path => !path.split("/").includes(".."), "a path below the configuration folder of the instance"),
);

/** What must hold before the service counts as up; several conditions must all hold. */
const ready = v.strictObject({
  /** A path that answers 200, on the first port or on `port`. */
  http: v.optional(v.pipe(v.string(), v.startsWith("/"))),
  status: v.optional(v.array(v.number())),
  /** A regular expression for the body. */
  body: v.optional(v.string()),
  /** The name of a port that takes connections. */
  tcp: v.optional(v.string()),
  /** The name of the port that `http` is asked on. */
  port: v.optional(v.string()),
  /** A command that succeeds. */
  command: v.optional(command),
  /** A folder whose newest entry is at most `max_age` old. */
  newest: v.optional(v.strictObject({ folder: v.string(), max_age: duration })),
});

/** The keys of a service of your own: anything with a `command:`. */
export const customSettings = v.strictObject({
  ...programFields,
  command,
  summary: v.optional(v.string()),
  instances: v.optional(instanceCount, 1),
  /** By name, in order: instance i listens on the number here plus i times the number of ports. */
  ports: v.optional(v.record(v.pipe(v.string(), v.regex(/^[a-z]\w*$/)), port), {}),
  files: v.optional(v.record(relativePath, file), {}),
  packages: v.optional(v.array(v.string()), []),
  ready: v.optional(ready, {}),
  /** Services that must answer before this one starts. */
  needs: v.optional(v.array(v.string()), []),
  one_at_a_time: v.optional(v.boolean(), false),
  stop_signal: v.optional(v.picklist(["TERM", "INT", "QUIT"]), "TERM"),
  /** Makes the running program take up changed files; without it, only a restart does. */
  reload: v.optional(command),
  /** Checks the files before anything uses them. */
  check: v.optional(command),
  /** The log that `smc logs` shows, where the program writes one itself. */
  log: v.optional(v.string()),
});
export type CustomSettings = v.InferOutput<typeof customSettings>;
