import { stringify } from "yaml";
import { isAtLeast, type CassandraVersion } from "../../cassandra/version.ts";
import { explainRefusal, refusalOfKey } from "../../cassandra/yaml-keys.ts";
import type { Content, ContentPart } from "../../plan/model.ts";
import type { InstanceContext } from "../model.ts";
import { nodePlaces, type NodePlaces } from "./places.ts";
import { evenTokens, seedAddresses } from "./ring.ts";
import type { CassandraSettings } from "./settings.ts";
import { DEFAULT_VERSION, versionOf } from "./source.ts";

const DEFAULT_TOKENS = 16;
/** Stands for a secret while the file is written: brackets that no setting has. */
const SECRET_MARK = /⟦([^⟧]+)⟧/;

/**
 * cassandra.yaml of a node. Keys that its release does not take are never written: the settings' schema refuses them
 * when the services file names the release, and without one they are left out with a comment that says so.
 */
export function cassandraYaml(context: InstanceContext<CassandraSettings>): Content {
  const { settings } = context;
  const version = versionOf(settings) ?? DEFAULT_VERSION;
  const wanted = { ...nodeKeys(context, version), ...settings.config };
  const leftOut = leftOutKeys(settings);
  const taken = Object.entries(wanted).filter(([key]) => refusalOfKey(key, version) === undefined);
  const header = [
    "# Written by smc; a change made here is lost at the next start.",
    ...leftOut.map(line => `# ${line}`),
  ];
  const body = stringify(withMarks(Object.fromEntries(taken)), {
    defaultStringType: "QUOTE_SINGLE",
    defaultKeyType: "PLAIN",
    lineWidth: 0,
  });
  return fillMarks(`${header.join("\n")}\n${body}`);
}

/** One line for each key of `config:` that is left out, because no release is named and the one that smc takes has no such key. */
function leftOutKeys(settings: CassandraSettings): readonly string[] {
  if (versionOf(settings) !== undefined) return [];
  return Object.keys(settings.config).flatMap(key => {
    const refusal = refusalOfKey(key, DEFAULT_VERSION);
    return refusal === undefined ? [] : [`${explainRefusal(key, refusal, DEFAULT_VERSION)}: left out`];
  });
}

function nodeKeys(
  context: InstanceContext<CassandraSettings>,
  version: CassandraVersion,
): Record<string, unknown> {
  const { deployment, settings } = context;
  const places = nodePlaces(context);
  const seeds = seedAddresses(context, settings.seeds).join(",");
  return {
    cluster_name: settings.cluster_name ?? deployment.name,
    ...tokenKeys(context),
    partitioner: "org.apache.cassandra.dht.Murmur3Partitioner",
    endpoint_snitch: "GossipingPropertyFileSnitch",
    seed_provider: [
      { class_name: "org.apache.cassandra.locator.SimpleSeedProvider", parameters: [{ seeds }] },
    ],
    ...networkKeys(places),
    ...storageKeys(places, version),
    ...loginKeys(settings.auth),
  };
}

/** A ring of one token a node names the tokens; their number must then agree, or the node does not start. */
function tokenKeys({ settings, once, host }: InstanceContext<CassandraSettings>): Record<string, unknown> {
  const token = settings.tokens === "even" ? once(evenTokens).get(host.name) : settings.initial_token;
  if (token === undefined) return { num_tokens: settings.num_tokens ?? DEFAULT_TOKENS };
  const tokens = String(token);
  return { initial_token: tokens, num_tokens: tokens.split(",").length };
}

function networkKeys({ address, ports }: NodePlaces): Record<string, unknown> {
  return {
    listen_address: address,
    rpc_address: address,
    storage_port: ports.internode,
    ssl_storage_port: ports.internodeTls,
    start_native_transport: true,
    native_transport_port: ports.native,
    start_rpc: true,
    rpc_port: ports.thrift,
  };
}

/**
 * Folders, and what to do when they fail. The policies and the compression between data centres are those of the
 * cassandra.yaml that Cassandra ships: the defaults in its code are other ones (`ignore`, `none`).
 */
function storageKeys({ data }: NodePlaces, version: CassandraVersion): Record<string, unknown> {
  const syncPeriod = isAtLeast(version, "4.1")
    ? { commitlog_sync_period: "10s" }
    : { commitlog_sync_period_in_ms: 10_000 };
  return {
    data_file_directories: [`${data}/data`],
    commitlog_directory: `${data}/commitlog`,
    hints_directory: `${data}/hints`,
    saved_caches_directory: `${data}/saved_caches`,
    cdc_raw_directory: `${data}/cdc_raw`,
    commitlog_sync: "periodic",
    ...syncPeriod,
    disk_failure_policy: "stop",
    commit_failure_policy: "stop",
    internode_compression: "dc",
  };
}

function loginKeys(auth: CassandraSettings["auth"]): Record<string, unknown> {
  return auth === "password"
    ? {
        authenticator: "PasswordAuthenticator",
        authorizer: "CassandraAuthorizer",
        role_manager: "CassandraRoleManager",
      }
    : { authenticator: "AllowAllAuthenticator", authorizer: "AllowAllAuthorizer" };
}

/** Puts a mark in the place of each `{secret: NAME}`, at any depth. */
function withMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withMarks);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only?.[0] === "secret") return `⟦${String(only[1])}⟧`;
  return Object.fromEntries(entries.map(([key, inner]) => [key, withMarks(inner)]));
}

function fillMarks(text: string): Content {
  return text
    .split(SECRET_MARK)
    .map((part, index): ContentPart => (index % 2 === 1 ? { secret: part } : part))
    .filter(part => part !== "");
}
