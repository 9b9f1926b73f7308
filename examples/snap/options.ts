import { parseArgs } from "node:util";
import {
  parseKeyspace,
  parseNodes,
  parseNumber,
  readCredentials,
  type DatabaseOptions,
} from "../shared/options.ts";

export interface SnapOptions {
  host: string;
  folder: string;
  intervalMs: number;
  /** So many snapshots are kept, the newest ones. */
  keep: number;
  pidFile: string | undefined;
  logFile: string | undefined;
  database: DatabaseOptions;
}

/**
 * Reads the options of the snap, which keep the names and defaults of the program that it stands for (the interval is in
 * seconds), and `--keep`. The one action is `nodaemon`. Throws on anything it does not know.
 */
export function parseSnapOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): SnapOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      host: { type: "string", default: "127.0.0.1" },
      snap_dir: { type: "string", default: "data/snap" },
      snap_interval: { type: "string", default: "120" },
      keep: { type: "string", default: "10" },
      keyspace: { type: "string", default: "test" },
      database_nodes: { type: "string", default: "localhost" },
      pidfile: { type: "string" },
      logfile: { type: "string" },
    },
  });
  if (positionals.some(word => word !== "nodaemon"))
    throw new Error(`the only action is nodaemon, not "${positionals.join(" ")}"`);
  return {
    host: values.host,
    folder: values.snap_dir,
    intervalMs: 1000 * parseNumber("snap_interval", values.snap_interval, { least: 1, most: 86_400 }),
    keep: parseNumber("keep", values.keep, { least: 1, most: 100_000 }),
    pidFile: values.pidfile,
    logFile: values.logfile,
    database: {
      nodes: parseNodes(values.database_nodes),
      keyspace: parseKeyspace(values.keyspace),
      dataCenter: env["DATABASE_DATA_CENTER"],
      credentials: readCredentials(env),
    },
  };
}
