import { databaseClient } from "../database-client.ts";
import type { InstanceContext, RenderedInstance, ServiceDescription } from "../model.ts";
import { oldHome, renderProgram } from "../program.ts";
import { snapSettings, type SnapSettings } from "./settings.ts";

/** The snapshot servers. A snap that serves but makes no snapshots is not ready: the age of the newest one counts. */
export const snap: ServiceDescription<SnapSettings> = {
  name: "snap",
  summary: "the snapshot servers",
  settings: snapSettings,
  hostLists: ["database"],
  needs: ["cassandra"],
  oneAtATime: false,
  render,
};

/** The options of the old program; the interval is in seconds there. */
const OPTIONS = [
  ["--host", "{host}"],
  ["--database_nodes", "{database_nodes}"],
  ["--keyspace", "{keyspace}"],
  ["--snap_dir", "{snap_dir}"],
  ["--snap_interval", "{snap_interval}"],
  ["--pidfile", "{pidfile}"],
  ["--logfile", "{logfile}"],
].flat();

const MINUTE = 60_000;

function render(context: InstanceContext<SnapSettings>): RenderedInstance {
  const { deployment, settings, folders } = context;
  const database = databaseClient(context);
  const folder = settings.dir ?? `${folders.data}/snapshots`;
  const program = renderProgram(context, {
    program: ["./snap", "nodaemon"],
    options: OPTIONS,
    values: {
      keyspace: settings.keyspace ?? deployment.name,
      database_nodes: database.nodes,
      snap_dir: folder,
      snap_interval: Math.max(1, Math.round(settings.interval / 1000)),
    },
    env: database.env,
    directory: oldHome(context),
  });
  return {
    ...program,
    folders: [...program.folders, { path: folder, mode: 0o750 }],
    files: database.files,
    listens: [],
    ready: {
      kind: "newest",
      folder,
      maxAge: settings.max_age ?? 2 * settings.interval + MINUTE,
      ...(program.user === "" ? {} : { runAs: program.user }),
    },
  };
}
