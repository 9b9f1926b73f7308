import { compact } from "../plain.ts";
import { commonSettings, hostsOfServers, readBaseUrl } from "./common.ts";
import type { Translate, TranslateContext } from "./context.ts";
import type { OptionReader } from "./options.ts";

/** What hubs and snaps of the old tool used when their row named none. */
const OLD_KEYSPACE = "salvus";

/** `[hub]` */
export const translateHub: Translate = (options, { host }, context) => {
  const common = commonSettings(options, "hub", context);
  readBaseUrl(options, context);
  ignoreOwnAddress(options, host.address);
  return {
    settings: compact({
      ...common,
      keyspace: options.text("keyspace") ?? OLD_KEYSPACE,
      database: readDatabase(options, host.name, context),
      all_projects_local: options.flag("local") === true ? true : undefined,
    }),
    ports: { hub: options.port("port") ?? 5000, hub_proxy: options.port("proxy_port") ?? 5001 },
  };
};

/** `[snap]` */
export const translateSnap: Translate = (options, { host }, context) => {
  const common = commonSettings(options, "snap", context);
  ignoreOwnAddress(options, host.address);
  const seconds = options.number("snap_interval");
  return {
    settings: compact({
      ...common,
      keyspace: options.text("keyspace") ?? OLD_KEYSPACE,
      database: readDatabase(options, host.name, context),
      dir: options.text("snap_dir"),
      interval: seconds === undefined ? undefined : shortDuration(seconds),
    }),
    ports: {},
  };
};

/** `[compute]` */
export const translateCompute: Translate = (options, { host }, context) => {
  ignoreOwnAddress(options, host.address);
  return { settings: commonSettings(options, "compute", context), ports: {} };
};

/** A section that smc has no service for: it stays as a service of the site's own, whose command somebody must write. */
export const translateOther: Translate = (options, { service, host }, context) => {
  const common = commonSettings(options, service, context);
  ignoreOwnAddress(options, host.address);
  context.notes.add(`[${service}]: smc does not know how it is run; write its command`);
  return { settings: { command: `./${service}`, ...common }, ports: compactPort(options.port("port")) };
};

function compactPort(port: number | undefined): Readonly<Record<string, number>> {
  return port === undefined ? {} : { port };
}

/** The old tool filled it in itself, and smc does too. */
function ignoreOwnAddress(options: OptionReader, address: string): void {
  const left = options.left().get("host")?.value;
  if (left === address) options.ignore("host");
}

function readDatabase(
  options: OptionReader,
  host: string,
  { queries, notes }: TranslateContext,
): readonly string[] | undefined {
  const value = options.value("monitor_database") ?? options.value("database_nodes");
  if (value === undefined) return undefined;
  const hosts = hostsOfServers(value, queries);
  if (hosts === undefined)
    notes.dropped("database of its own", { host, why: "left out, its servers are not in the hosts file" });
  return hosts;
}

function shortDuration(seconds: number): string {
  if (seconds % 3600 === 0 && seconds > 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 && seconds > 0 ? `${seconds / 60}m` : `${seconds}s`;
}
