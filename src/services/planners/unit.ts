import type { Deployment, Instance } from "../../inventory/model.ts";
import type { Unit } from "../../plan/model.ts";
import type { Folders, RenderedInstance } from "../model.ts";
import { localName } from "./folders.ts";

/** The unit that runs an instance: systemd's on real hosts, a process group of its own on `local`. */
export function unitFor(
  place: { deployment: Deployment; instance: Instance },
  rendered: RenderedInstance,
  folders: Folders,
): Unit {
  const { deployment, instance } = place;
  if (deployment.transport === "ssh") {
    const name = `smc-${deployment.name}-${localName(instance)}.service`;
    return { manager: "systemd", name, log: rendered.log };
  }
  const { argv, env, directory, limits, stopSignal } = rendered.command;
  const { reload } = rendered;
  return {
    manager: "process",
    name: instance.name,
    folder: folders.run,
    log: rendered.log,
    argv,
    env,
    directory,
    limits,
    stopSignal,
    ...(reload !== undefined && "signal" in reload ? { reloadSignal: reload.signal } : {}),
  };
}
