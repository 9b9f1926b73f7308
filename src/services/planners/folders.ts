import type { Deployment, Host, Instance } from "../../inventory/model.ts";
import type { Folders } from "../model.ts";

/** The part of an instance's name that is unique on its host: `hub0`, `cassandra`. */
export function localName(instance: Instance): string {
  return instance.name.split("@", 1)[0] ?? instance.name;
}

/**
 * Where smc keeps the things of an instance. Real hosts follow the Filesystem Hierarchy Standard 3.0;
 * a `local` deployment lives below `stateDirectory`, so that it needs no root and one folder removes it.
 * There the folders carry the host's name too, since several "hosts" share one machine.
 */
export function foldersFor(
  place: { deployment: Deployment; host: Host; instance: Instance },
  stateDirectory: string,
): Folders {
  const { deployment, instance } = place;
  if (deployment.transport === "local") {
    const root = `${stateDirectory}/${deployment.name}`;
    return {
      config: `${root}/etc/${instance.name}`,
      data: `${root}/data/${instance.name}`,
      run: `${root}/run`,
      log: `${root}/log`,
      software: `${stateDirectory}/software/${instance.service}`,
    };
  }
  const name = localName(instance);
  return {
    config: `/etc/smc/${deployment.name}/${name}`,
    data: `/var/lib/smc/${deployment.name}/${name}`,
    run: `/run/smc/${deployment.name}`,
    log: `/var/log/smc/${deployment.name}`,
    software: `/opt/smc/${instance.service}`,
  };
}
