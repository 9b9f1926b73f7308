import * as v from "valibot";
import type { Deployment, Host } from "../../src/inventory/model.ts";
import type { Content } from "../../src/plan/model.ts";
import type { InstanceContext } from "../../src/services/model.ts";
import { CassandraSettingsSchema, type CassandraSettings } from "../../src/services/cassandra/settings.ts";
import { onceFor } from "../../src/services/once.ts";
import { foldersFor } from "../../src/services/planners/folders.ts";
import { deploymentOf } from "./site.ts";

/** The first node of a ring on `hosts`, with these settings as the services file would have them. */
export function nodeContext(
  settings: Readonly<Record<string, unknown>> = {},
  options: { hosts?: readonly string[]; transport?: "ssh" | "local"; host?: Partial<Host> } = {},
): InstanceContext<CassandraSettings> {
  const names = options.hosts ?? ["db1", "db2", "db3"];
  const deployment = deploymentOf({ cassandra: names }, { transport: options.transport ?? "ssh" });
  const [instance] = deployment.instances;
  const found = deployment.hosts.get(names[0] ?? "");
  if (instance === undefined || found === undefined) throw new Error("a ring has a first node");
  const host = { ...found, ...options.host };
  const place = { deployment: withHost(deployment, host), host, instance };
  return {
    ...place,
    settings: v.parse(CassandraSettingsSchema, settings),
    folders: foldersFor(place, "/state"),
    once: onceFor(place.deployment),
  };
}

/** Content as one text, with each secret by its name: `${cassandra/hub}`. */
export function textOf(content: Content): string {
  return content.map(part => (typeof part === "string" ? part : `\${${part.secret}}`)).join("");
}

function withHost(deployment: Deployment, host: Host): Deployment {
  return { ...deployment, hosts: new Map([...deployment.hosts, [host.name, host]]) };
}
