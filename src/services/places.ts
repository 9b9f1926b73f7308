import type { Deployment, Instance } from "../inventory/model.ts";
import type { Folders } from "./model.ts";
import { localName } from "./planners/folders.ts";

/** The run and log folder of one instance below those of its deployment, its own because programs run as different users. */
export interface Places {
  run: string;
  logFolder: string;
  log: string;
  pidFile: string;
}

/** Where an instance keeps its sockets, pid file and log. */
export function placesOf(
  { deployment, folders }: { deployment: Deployment; folders: Folders },
  instance: Instance,
): Places {
  const name = deployment.transport === "local" ? instance.name : localName(instance);
  const run = `${folders.run}/${name}`;
  const logFolder = `${folders.log}/${name}`;
  return {
    run,
    logFolder,
    log: `${logFolder}/${instance.service}.log`,
    pidFile: `${run}/${instance.service}.pid`,
  };
}

/** The version of a service's software that is in use, by the link that a push moves. */
export function currentFolder(folders: Folders): string {
  return `${folders.software}/current`;
}

/** A port of an instance: its own, or the one that its deployment has for the key. */
export function portOf(
  deployment: Deployment,
  instance: Instance,
  key: Exclude<keyof Deployment["ports"], "cassandra_internode">,
): number {
  return instance.ports[key] ?? deployment.ports[key];
}

/** The account of the `run_as` setting: empty for the login user, and on `local`, where there is no other. */
export function accountOf(deployment: Deployment, runAs: string): string {
  return deployment.transport === "local" || runAs === "user" ? "" : runAs;
}
