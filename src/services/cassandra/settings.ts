import * as v from "valibot";
import { CONSISTENCY_LEVELS } from "../../cassandra/ring/model.ts";
import { parseCassandraVersion } from "../../cassandra/version.ts";
import { explainRefusal, refusalOfKey } from "../../cassandra/yaml-keys.ts";
import { size } from "../../inventory/schema/leaves.ts";
import { sha512 } from "../fields.ts";
import { MAVEN_PATTERN, versionOf } from "./source.ts";

const NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_]*$/;
/** Keys of cassandra.yaml that smc writes from what else the services file says. */
const OWN_KEYS: Readonly<Record<string, string>> = {
  cluster_name: "cluster_name:",
  num_tokens: "num_tokens:",
  initial_token: "initial_token:",
  seed_provider: "seeds:",
  listen_address: "the address of the host",
  rpc_address: "the address of the host",
  storage_port: "ports: cassandra_internode",
  ssl_storage_port: "ports: cassandra_internode",
  native_transport_port: "ports: cassandra_native",
  rpc_port: "ports: cassandra_client",
  data_file_directories: "data_dir:",
  commitlog_directory: "data_dir:",
  hints_directory: "data_dir:",
  saved_caches_directory: "data_dir:",
  cdc_raw_directory: "data_dir:",
  authenticator: "auth:",
  authorizer: "auth:",
  role_manager: "auth:",
  endpoint_snitch: "the dc and rack of the host",
};

const Name = v.pipe(
  v.string(),
  v.regex(NAME_PATTERN, "a name is letters, digits and _, and starts with a letter"),
);
const Count = v.pipe(v.number(), v.integer(), v.minValue(1));

const Source = v.union(
  [
    v.strictObject({ folder: v.string() }),
    v.strictObject({ tarball: v.string(), sha512 }),
    v.strictObject({
      maven: v.pipe(v.string(), v.regex(MAVEN_PATTERN, "Maven coordinates are group:artifact:version")),
    }),
  ],
  "a source is {folder: PATH}, {tarball: PATH, sha512: DIGITS} or {maven: group:artifact:version}",
);

const User = v.strictObject({
  superuser: v.optional(v.boolean(), false),
  /** By keyspace: `all`, or a list such as `[select, modify]`. */
  grant: v.optional(
    v.record(
      Name,
      v.union(
        [v.literal("all"), v.array(v.picklist(["create", "alter", "drop", "select", "modify", "authorize"]))],
        "rights are all, or a list such as [select]",
      ),
    ),
    {},
  ),
});

/** The keys that say what a ring holds. */
const contentEntries = {
  /** `password`: users log in, and have the rights that they were given. */
  auth: v.optional(v.picklist(["none", "password"]), "none"),
  /** Replicas by keyspace and data centre. */
  replication: v.optional(
    v.record(Name, v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(0)))),
    {},
  ),
  users: v.optional(v.record(Name, User), {}),
  /** Users that are dropped once a superuser of the services file has logged in. */
  drop_users: v.optional(v.array(Name), []),
};

/** The same keys alone, of settings that were checked before. */
export const ContentSettingsSchema = v.object(contentEntries);

/** The keys of `services: cassandra:`, as the node needs them: sizes in bytes, defaults filled in. */
export const CassandraSettingsSchema = v.pipe(
  v.strictObject({
    /** The cluster's name in Cassandra; the deployment's name when it is not given. */
    cluster_name: v.optional(v.pipe(v.string(), v.minLength(1))),
    /** The release, `5.0.6`. Maven coordinates say it themselves. */
    version: v.optional(
      v.pipe(
        v.string('a version is text: "5.0.6"'),
        v.check(text => parseCassandraVersion(text) !== undefined, "a version looks like 5.0.6"),
      ),
    ),
    source: v.optional(Source),
    /** Where the node keeps its data; a folder of smc's own when it is not given. */
    data_dir: v.optional(v.pipe(v.string(), v.startsWith("/", "data_dir is an absolute path"))),
    /** One of these three: how many tokens a node picks, the token of a node, or one each, spread evenly. */
    num_tokens: v.optional(Count),
    initial_token: v.optional(v.union([v.number(), v.string(), v.bigint()])),
    tokens: v.optional(v.literal("even")),
    /** The level that clients of the database ask for. No planned work may make it fail. */
    consistency: v.optional(v.picklist(CONSISTENCY_LEVELS), "QUORUM"),
    rack: v.optional(v.string()),
    /** Hosts that new nodes ask for the ring; the first two of each data centre when none are given. */
    seeds: v.optional(v.array(v.string())),
    heap: v.optional(v.strictObject({ max: size, new: v.optional(size) })),
    /** Further options for the JVM of the node, after smc's own. */
    jvm_options: v.optional(v.array(v.pipe(v.string(), v.startsWith("-", "a JVM option starts with -"))), []),
    /** The Java to run with, a folder that has bin/java; `java` in the path when it is not given. */
    java_home: v.optional(v.pipe(v.string(), v.startsWith("/", "java_home is an absolute path"))),
    /** The feature release of that Java; the newest that the series of Cassandra is known to run on when it is not given. */
    java_version: v.optional(v.pipe(v.number(), v.integer(), v.minValue(11))),
    /** The account that the node runs as; `user` is the login user. */
    run_as: v.optional(
      v.pipe(v.string(), v.regex(/^[a-z_][a-z0-9_-]*\$?$/, "an account such as salvus or root")),
      "user",
    ),
    /** Further keys of cassandra.yaml, as its release has them. */
    config: v.optional(v.record(v.string(), v.unknown()), {}),
    ...contentEntries,
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const { path, message } of problemsOf(dataset.value)) {
      addIssue({ message, path: pathTo(dataset.value, path) });
    }
  }),
);

/** The settings of a node after the schema. */
export type CassandraSettings = v.InferOutput<typeof CassandraSettingsSchema>;

type ObjectPath = [v.ObjectPathItem, ...v.ObjectPathItem[]];

interface SettingsProblem {
  path: readonly [string, ...string[]];
  message: string;
}

/** What no single key can tell: keys of cassandra.yaml against the release, versions against sources. */
function problemsOf(settings: CassandraSettingsInput): SettingsProblem[] {
  return [...sourceProblems(settings), ...configProblems(settings), ...dropProblems(settings)];
}

type CassandraSettingsInput = Pick<
  CassandraSettings,
  "version" | "source" | "config" | "users" | "drop_users"
>;

/** A user cannot be wanted and dropped. */
function dropProblems({ users, drop_users: dropped }: CassandraSettingsInput): SettingsProblem[] {
  const both = dropped.filter(name => Object.hasOwn(users, name));
  return both.map(name => ({ path: ["drop_users"], message: `${name} is one of users: as well` }));
}

function sourceProblems({ version, source }: CassandraSettingsInput): SettingsProblem[] {
  if (source === undefined) return [];
  if ("maven" in source) {
    const named = source.maven.split(":").at(-1);
    if (version === undefined || version === named) return [];
    const message = `version is ${version}, but the Maven coordinates say ${named}: leave version out`;
    return [{ path: ["version"], message }];
  }
  if (version !== undefined) return [];
  return [{ path: ["source"], message: "say which release it is: version: 5.0.6" }];
}

/** A key is judged only by a release that the services file names; without one, `render` leaves out what is not known. */
function configProblems(settings: CassandraSettingsInput): SettingsProblem[] {
  const version = versionOf(settings);
  return Object.keys(settings.config).flatMap((key): SettingsProblem[] => {
    const path = ["config", key] as const;
    const owner = OWN_KEYS[key];
    if (owner !== undefined) return [{ path, message: `${key} is written by smc: use ${owner}` }];
    if (version === undefined) return [];
    const refusal = refusalOfKey(key, version);
    return refusal === undefined ? [] : [{ path, message: explainRefusal(key, refusal, version) }];
  });
}

/** The path of an issue as valibot wants it: each key with the object that it is in. */
function pathTo(root: Readonly<Record<string, unknown>>, path: readonly [string, ...string[]]): ObjectPath {
  const [first, ...rest] = path;
  const item: v.ObjectPathItem = {
    type: "object",
    origin: "value",
    input: root,
    key: first,
    value: root[first],
  };
  const [next, ...others] = rest;
  return next === undefined ? [item] : [item, ...pathTo(asRecord(item.value), [next, ...others])];
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
