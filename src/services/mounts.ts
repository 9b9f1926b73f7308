import type { Host } from "../inventory/model.ts";
import type { RenderedInstance } from "./model.ts";

/** Where a persistent disk of a VM is mounted in it. */
export function mountPoint(disk: string): string {
  return `/mnt/${disk}`;
}

/** A command that succeeds where a file system is mounted at the path, and else says that none is. */
export function isMounted(path: string): string[] {
  return ["sh", "-c", 'mountpoint -q "$1" || { echo "nothing is mounted at $1"; exit 1; }', "sh", path];
}

/**
 * The mount points that an instance keeps something below. A VM boots without a disk that does not mount, and a program that starts
 * then would fill the empty folder beneath.
 */
export function mountsOf(host: Host, { folders }: Pick<RenderedInstance, "folders">): string[] {
  // Machines of others are mounted by others.
  if (host.vm === undefined || host.vm.driver === "gce") return [];
  const points = [...host.vm.disks.keys()].map(mountPoint);
  return points.filter(point => folders.some(({ path }) => path === point || path.startsWith(`${point}/`)));
}
