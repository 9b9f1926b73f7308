import type { HostName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Bytes } from "../base/units.ts";
import { imageOfPath, imagePlaces, keptPlaces, vmPlaces } from "./places.ts";
import type { DomainState } from "./virsh.ts";
import type { Vm } from "./vm.ts";

/** What a VM is. `absent`: libvirt says that there is none. `unknown`: nobody could be asked, which is never taken for anything else. */
export interface SeenVm {
  state: DomainState | "absent" | "unknown";
  /** It has an overlay, so it stays on the image that it was made from. */
  made: boolean;
  /** What all its files take on the disk of the machine. */
  used: Bytes | undefined;
  /** Why it is unknown. */
  why?: string;
}

/** One file of a machine. */
export interface SeenFile {
  path: string;
  /** What of it takes room; a sparse file is longer. */
  used: Bytes;
}

/** Lists the files below the folder of smc on a machine, `used path` in each line; nothing where there is none. */
export const LIST_FILES = `[ ! -d "$1" ] || find "$1" -type f -printf '%b %p\\n'`;
/** `%b` of find counts these. */
const BLOCK: Bytes = 512;

/** Reads what `LIST_FILES` prints. Throws an OperatorError with the first line that is of another form. */
export function parseFiles(text: string): SeenFile[] {
  return text
    .split("\n")
    .filter(line => line !== "")
    .map(line => {
      const [, blocks, path] = /^(\d+) (\/.+)$/.exec(line) ?? [];
      if (blocks !== undefined && path !== undefined) return { path, used: Number(blocks) * BLOCK };
      throw new OperatorError(`find printed what smc cannot read: ${line}`, { code: "FIND_OUTPUT" });
    });
}

/** The files of a VM, those of a system that is kept aside among them. */
export function filesOf(vm: HostName, files: readonly SeenFile[]): SeenFile[] {
  const { folder, disks } = vmPlaces(vm);
  const folders = [folder, disks, keptPlaces(vm).folder].map(path => `${path}/`);
  return files.filter(({ path }) => folders.some(own => path.startsWith(own)));
}

/** The names of the base images among the files, each complete: what is half there has another name. */
export function imagesAmong(files: readonly SeenFile[]): string[] {
  return files.flatMap(({ path }) => {
    const name = imageOfPath(path);
    return name !== undefined && imagePlaces(name).root === path && !name.startsWith(".") ? [name] : [];
  });
}

/**
 * Whether nothing of a VM is anywhere, so that all of its disks will be empty: libvirt has no such domain, its machine no file, and no
 * device of the machine is among its disks, on which there may be anything.
 */
export function isUnmade({ settings }: Pick<Vm, "settings">, { state, used }: SeenVm): boolean {
  const devices = [...settings.disks.values()].some(({ device }) => device !== undefined);
  return state === "absent" && used === 0 && !devices;
}

/** Whether a VM begins with a new root disk: its machine told what it has, and that is not among it. Whether libvirt is there says nothing. */
export function beginsAnew({ made, used }: SeenVm): boolean {
  return !made && used !== undefined;
}
