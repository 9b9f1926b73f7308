import * as v from "valibot";
import { instanceSchema } from "../inventory/schema/services.ts";
import type { SecretReference } from "../inventory/model.ts";

/** Which hosts of another service an instance works with: those of its data centre, all, or the hosts named. */
export const peers = v.union([v.picklist(["same-dc", "all"]), v.array(v.string())]);
export type Peers = v.InferOutput<typeof peers>;

/** A command line, as one line in shell quoting or as a list of words; `{name}` is filled in. */
export const command = v.union([
  v.pipe(v.string(), v.nonEmpty()),
  v.pipe(v.array(v.string()), v.minLength(1)),
]);
export type Command = v.InferOutput<typeof command>;

/** The account that a program runs as; `user` is the login user. */
export const runAs = v.pipe(
  v.string(),
  v.regex(/^[a-z_][a-z0-9_-]*\$?$/, "an account such as salvus or root"),
);

/** Environment variables; values may hold `{name}`. */
const environment = v.record(
  v.pipe(v.string(), v.regex(/^[A-Za-z_]\w*$/, "a variable is letters, digits and _")),
  v.union([v.string(), v.pipe(v.number(), v.transform(String)), v.pipe(v.boolean(), v.transform(String))]),
);

/** `ulimit` values by letter: `{n: 100000}`; -1 is unlimited. */
export const limits = v.record(
  v.picklist(["c", "l", "n", "s", "u", "v"]),
  v.pipe(v.number(), v.integer(), v.minValue(-1)),
);

/** `${secret:NAME}`, or `secret:NAME` where the file has it so. */
export const secret = v.union([
  v.strictObject({ secret: v.string() }),
  v.pipe(
    v.string(),
    v.startsWith("secret:", "a secret is written ${secret:NAME}"),
    v.transform((text): SecretReference => ({ secret: text.slice("secret:".length) })),
  ),
]);

/** Each of several on a host by its id, or one with another id than 0; with a port where it is not the one of the block. */
export const instanceList = v.array(v.omit(instanceSchema, ["proxy_port"]));

/** The port that the list of instances gives to one of them. */
export function ownPort(
  { instances = [] }: { instances?: v.InferOutput<typeof instanceList> | undefined },
  id: number,
): number | undefined {
  return instances.find(instance => instance.id === id)?.port;
}

/** A SHA-512 as `sha512sum` prints it. */
export const sha512 = v.pipe(v.string(), v.regex(/^[0-9a-f]{128}$/i, "a SHA-512 is 128 hexadecimal digits"));

const programVersion = v.pipe(
  v.union([v.string(), v.pipe(v.number(), v.transform(String))]),
  v.regex(/^\w[\w.+-]*$/, "a version is letters, digits and . + - _"),
);

/** Where a program comes from: a folder, a clone or a tarball of the controller, which its hosts get as one version. */
const programSource = v.union(
  [
    v.strictObject({ folder: v.string(), version: programVersion }),
    v.strictObject({ tarball: v.string(), sha512, version: programVersion }),
    v.strictObject({
      git: v.string(),
      ref: v.string(),
      folder: v.optional(v.string()),
      version: programVersion,
    }),
  ],
  "a source is {folder: PATH, version: NAME}, {git: PATH, ref: NAME, version: NAME} or {tarball: PATH, sha512: DIGITS, version: NAME}",
);

/** What the programs of the site have in common: where they come from, how they are started, as whom, and with what. */
export const programFields = {
  command: v.optional(command),
  source: v.optional(programSource),
  directory: v.optional(v.string()),
  run_as: v.optional(runAs, "user"),
  env: v.optional(environment, {}),
  limits: v.optional(limits, {}),
};

/** What the clients of the database have in common. */
export const databaseFields = {
  keyspace: v.optional(
    v.pipe(v.string(), v.regex(/^[A-Za-z]\w{0,47}$/, "a keyspace is letters, digits and _")),
  ),
  database: v.optional(peers, "same-dc"),
  /** The user of the database that it logs in as, where that is not the name of the service. */
  database_user: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z]\w*$/, "a user is letters, digits and _"))),
};
