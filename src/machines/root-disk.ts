import { mountPoint } from "../services/mounts.ts";
import {
  instanceContext,
  type PlannedInstance,
  type RenderingSite,
} from "../services/planners/planned-instance.ts";

/**
 * The folders of an instance on a VM that are neither on a persistent disk nor of what smc and the packages bring again: what is in them
 * goes with the root disk.
 */
export function foldersOnRootDisk(
  site: RenderingSite,
  { instance, host, rendered }: PlannedInstance,
): string[] {
  const { config, run, log, software } = instanceContext(site, instance).folders;
  const disks = [...(host.vm?.disks.keys() ?? [])].map(mountPoint);
  const others = [config, run, log, software, ...disks];
  return rendered.folders
    .map(({ path }) => path)
    .filter(path => !others.some(other => path === other || path.startsWith(`${other}/`)));
}

/** Arguments: folders. Prints those with something in them, or that cannot be looked into. */
export const FILLED_FOLDERS = `for folder do
  [ -e "$folder" ] || continue
  found=$(find "$folder" -mindepth 1 -print -quit 2> /dev/null) && [ -z "$found" ] || echo "$folder"
done`;
