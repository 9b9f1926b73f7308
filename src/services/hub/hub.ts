import type { Deployment, Ports } from "../../inventory/model.ts";
import type { Probe } from "../../plan/model.ts";
import { databaseClient } from "../database-client.ts";
import { proxiesInFront } from "../haproxy/traffic.ts";
import type { InstanceContext, RenderedInstance, ServiceDescription } from "../model.ts";
import { portOf } from "../places.ts";
import { oldHome, renderProgram } from "../program.ts";
import { hubSettings, type HubSettings } from "./settings.ts";

/** The hubs: the web programs of the site, each a client of the database and behind haproxy. */
export const hub: ServiceDescription<HubSettings> = {
  name: "hub",
  summary: "the web programs of the site, behind haproxy",
  settings: hubSettings,
  ports: portsOf,
  hostLists: ["database"],
  needs: ["cassandra"],
  oneAtATime: false,
  render,
};

/** The options of the old program, in the foreground: systemd, or smc on `local`, watches over it. */
const OPTIONS = [
  ["--id", "{id}"],
  ["--port", "{port}"],
  ["--proxy_port", "{proxy_port}"],
  ["--keyspace", "{keyspace}"],
  ["--host", "{host}"],
  ["--database_nodes", "{database_nodes}"],
  ["--pidfile", "{pidfile}"],
  ["--logfile", "{logfile}"],
].flat();

/** Instance i is two ports further than the block says, unless its entry in the list of instances names its own. */
function portsOf(
  ports: Ports,
  { id, settings }: { id: number; settings: HubSettings },
): { hub: number; hub_proxy: number } {
  const own = Array.isArray(settings.instances)
    ? settings.instances.find(entry => entry.id === id)
    : undefined;
  return { hub: own?.port ?? ports.hub + 2 * id, hub_proxy: own?.proxy_port ?? ports.hub_proxy + 2 * id };
}

function render(context: InstanceContext<HubSettings>): RenderedInstance {
  const { deployment, host, instance, settings } = context;
  const database = databaseClient(context);
  const ports = {
    port: portOf(deployment, instance, "hub"),
    proxy_port: portOf(deployment, instance, "hub_proxy"),
  };
  return {
    ...renderProgram(context, {
      program: ["./hub", "nodaemon"],
      options: [
        ...OPTIONS,
        ...(deployment.baseUrl === "" ? [] : ["--base_url", "{base_url}"]),
        ...(settings.all_projects_local ? ["--local"] : []),
      ],
      values: {
        ...ports,
        keyspace: settings.keyspace ?? deployment.name,
        database_nodes: database.nodes,
      },
      env: database.env,
      directory: oldHome(context),
    }),
    files: database.files,
    listens: Object.values(ports).map(port => ({ address: host.address, port })),
    ready: ready({ deployment, address: host.address, ports }),
    traffic: proxiesInFront(context, ["hub", "proxy"]),
  };
}

function ready(at: {
  deployment: Deployment;
  address: string;
  ports: { port: number; proxy_port: number };
}): Probe {
  const { baseUrl } = at.deployment;
  const page = (port: number, path: string): Probe => {
    return { kind: "http", address: at.address, port, path: `${baseUrl}${path}`, status: [200] };
  };
  return {
    kind: "all",
    probes: [
      page(at.ports.port, "/alive"),
      page(at.ports.proxy_port, "/alive"),
      page(at.ports.port, "/stats"),
    ],
  };
}
