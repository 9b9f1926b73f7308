import * as v from "valibot";
import { OperatorError } from "../base/operator-error.ts";
import { passwordOf } from "../cassandra/logins.ts";
import type { Deployment } from "../inventory/model.ts";
import type { RenderedFile, InstanceContext } from "./model.ts";
import type { Peers } from "./fields.ts";
import { peersOf } from "./peers.ts";
import { portOf } from "./places.ts";

interface DatabaseSettings {
  database: Peers;
  database_user?: string | undefined;
}

const ClientSettings = v.object({ database: v.unknown(), database_user: v.optional(v.string()) });

/** The users of the database that programs of the deployment log in as. */
export function databaseUsers({ instances }: Deployment): readonly string[] {
  const users = instances.flatMap(({ service, settings }) => {
    if (!("database" in settings)) return [];
    return [v.parse(ClientSettings, settings).database_user ?? service];
  });
  return [...new Set(users)];
}

/** What a client of the database is told. */
export interface DatabaseClient {
  /** `address:port,address:port`, in natural order of the hosts. */
  nodes: string;
  env: Readonly<Record<string, string>>;
  files: readonly RenderedFile[];
}

/**
 * The database as an instance sees it: its nodes on the native port, and its login where the ring asks for one. The
 * password is a file of its own that only the program may read; its path is in the environment.
 */
export function databaseClient(context: InstanceContext<DatabaseSettings>): DatabaseClient {
  const { deployment, instance, settings } = context;
  const nodes = peersOf(context, { service: "cassandra", choice: settings.database });
  if (nodes.length === 0) {
    throw new OperatorError(`${instance.name} needs a database, and ${deployment.name} has no cassandra`, {
      code: "PEER_UNKNOWN",
      hint: `add cassandra to the services of ${deployment.name}`,
    });
  }
  const dataCentre = context.host.dc;
  const near = nodes.some(({ host }) => host.dc !== undefined && host.dc === dataCentre);
  return {
    nodes: nodes
      .map(node => `${node.host.address}:${portOf(deployment, node.instance, "cassandra_native")}`)
      .join(","),
    ...login(context, near && dataCentre !== undefined ? { DATABASE_DATA_CENTER: dataCentre } : {}),
  };
}

function login(
  { deployment, instance, settings, folders }: InstanceContext<DatabaseSettings>,
  env: Readonly<Record<string, string>>,
): Pick<DatabaseClient, "env" | "files"> {
  if (deployment.services.get("cassandra")?.settings["auth"] !== "password") return { env, files: [] };
  const user = settings.database_user ?? instance.service;
  const path = `${folders.config}/database-password`;
  return {
    env: { ...env, DATABASE_USER: user, DATABASE_PASSWORD_FILE: path },
    files: [{ path, content: [{ secret: passwordOf(user) }, "\n"], mode: 0o600 }],
  };
}
