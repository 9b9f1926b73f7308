import { formatSize, parseSize } from "../../../base/units.ts";
import { compact, plainOf, type Plain, type PlainMap } from "../plain.ts";
import { commonSettings } from "./common.ts";
import type { Translate, TranslateContext } from "./context.ts";
import type { OptionReader } from "./options.ts";

/** What smc writes into cassandra.yaml of its own, from the hosts and the ports. */
const WRITTEN_BY_SMC = ["listen_address", "rpc_address", "seeds", "seed_provider", "endpoint_snitch"];

/** `[cassandra]`: where a node is and how it listens; what smc has no key for goes into its cassandra.yaml as it is. */
export const translateCassandra: Translate = (options, { host, id }, context) => {
  const { notes, facts } = context;
  const common = commonSettings(options, "cassandra", context);
  if (id !== 0)
    notes.dropped(`cassandra: id ${id}`, { host: host.name, why: "left out, one node on a host" });
  if (options.flag("seed") === true) facts.seeds.push(host.name);
  const rack = readTopology(options, host.name, context);
  const ports = {
    cassandra_internode: options.port("storage_port") ?? 7000,
    cassandra_internode_tls: options.port("ssl_storage_port") ?? 7001,
    cassandra_native: options.port("native_transport_port") ?? 9042,
    cassandra_client: options.port("rpc_port") ?? 9160,
    cassandra_jmx: options.port("JMX_PORT") ?? 7199,
  };
  for (const key of WRITTEN_BY_SMC) {
    if (options.value(key) !== undefined)
      notes.dropped(`cassandra: ${key}`, { host: host.name, why: "left out, smc writes it from the hosts" });
  }
  const settings = compact({
    ...common,
    // The name that cassandra.yaml comes with: a node does not start with another name than its data has.
    cluster_name: options.text("cluster_name") ?? "Test Cluster",
    data_dir: dataFolder(options, host.name, context),
    num_tokens: options.number("num_tokens"),
    initial_token: initialToken(options),
    auth: readAuth(options, host.name, context),
    rack,
    heap: readHeap(options, host.name, context),
  });
  return { settings: { ...settings, ...configOf(options) }, ports };
};

/** `DC1:RAC0`; the topology file of the old tool put nodes that say nothing into `DC0:RAC0`. */
function readTopology(options: OptionReader, host: string, { facts }: TranslateContext): string | undefined {
  const [dc = "", rack] = (options.text("topology") ?? "").split(":").map(word => word.trim());
  if (dc !== "") facts.topology.set(host, { dc, rack });
  return rack === "" ? undefined : rack;
}

function dataFolder(options: OptionReader, host: string, { notes }: TranslateContext): string | undefined {
  const path = options.text("path");
  if (path === undefined || path.startsWith("/")) return path;
  notes.dropped(`cassandra: path ${path}`, { host, why: "left out, data_dir is an absolute path" });
  return undefined;
}

function initialToken(options: OptionReader): Plain | undefined {
  const token = options.value("initial_token");
  return token === undefined ? undefined : plainOf(token);
}

function readAuth(options: OptionReader, host: string, { notes }: TranslateContext): string | undefined {
  const classes = [options.text("authenticator"), options.text("authorizer")].filter(
    name => name !== undefined,
  );
  if (classes.some(name => name.endsWith("PasswordAuthenticator"))) return "password";
  for (const name of classes) {
    if (!/AllowAll|CassandraAuthorizer$/.test(name))
      notes.dropped(`cassandra: ${name}`, { host, why: "left out, smc knows auth: password and auth: none" });
  }
  return undefined;
}

function readHeap(options: OptionReader, host: string, { notes }: TranslateContext): PlainMap | undefined {
  const max = sizeOf(options.text("MAX_HEAP_SIZE"));
  const young = sizeOf(options.text("HEAP_NEWSIZE"));
  if (max === undefined && young !== undefined)
    notes.dropped("cassandra: HEAP_NEWSIZE", { host, why: "left out, it has no MAX_HEAP_SIZE beside it" });
  return max === undefined ? undefined : compact({ max, new: young });
}

function sizeOf(text: string | undefined): string | undefined {
  const bytes = text === undefined ? undefined : parseSize(text);
  return bytes === undefined ? text : formatSize(bytes);
}

function configOf(options: OptionReader): PlainMap {
  const entries = [...options.left()].map(([key, { value }]) => [key, plainOf(value)] as const);
  options.ignore(...entries.map(([key]) => key));
  return compact({ config: Object.fromEntries(entries) });
}
