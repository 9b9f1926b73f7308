import { parseArgs } from "node:util";
import {
  parseBaseUrl,
  parseKeyspace,
  parseNodes,
  parseNumber,
  readCredentials,
  type DatabaseOptions,
} from "../shared/options.ts";

export interface HubOptions {
  id: number;
  host: string;
  port: number;
  proxyPort: number;
  baseUrl: string;
  pidFile: string | undefined;
  logFile: string | undefined;
  database: DatabaseOptions;
}

const PORT = { least: 1, most: 65_535 };

/**
 * Reads the options of the hub, which keep the names and defaults of the program that it stands for. The one action is
 * `nodaemon`, to run in the foreground: whoever starts it watches over it. Throws on anything it does not know.
 */
export function parseHubOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): HubOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      id: { type: "string", default: "0" },
      host: { type: "string", default: "127.0.0.1" },
      port: { type: "string", default: "5000" },
      proxy_port: { type: "string", default: "5001" },
      base_url: { type: "string", default: "" },
      keyspace: { type: "string", default: "test" },
      database_nodes: { type: "string", default: "localhost" },
      pidfile: { type: "string" },
      logfile: { type: "string" },
      local: { type: "boolean", default: false },
    },
  });
  if (positionals.some(word => word !== "nodaemon"))
    throw new Error(`the only action is nodaemon, not "${positionals.join(" ")}"`);
  return {
    id: parseNumber("id", values.id, { least: 0, most: 9999 }),
    host: values.host,
    port: parseNumber("port", values.port, PORT),
    proxyPort: parseNumber("proxy_port", values.proxy_port, PORT),
    baseUrl: parseBaseUrl(values.base_url),
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
