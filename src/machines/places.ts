import type { HostName } from "../base/names.ts";

/** Everything of VMs on a machine is below this folder. */
export const ROOT = "/var/lib/smc";

/** Where the base images of a machine are, one folder each. */
export const IMAGES_FOLDER = `${ROOT}/images`;

/** Where the VMs of a machine are, one folder each. */
export const VMS_FOLDER = `${ROOT}/vms`;

/** Where the persistent disks of a machine are, one folder a VM. */
export const DISKS_FOLDER = `${ROOT}/disks`;

/**
 * Where systems are that VMs had before they were made anew, one folder a VM. On the file system of the VMs, whatever is mounted where: what
 * is kept goes there and back by a rename. Patterns for VMs do not match it.
 */
export const KEPT_FOLDER = `${VMS_FOLDER}/.kept`;

/** The files of a base image. */
export interface ImagePlaces {
  folder: string;
  root: string;
  kernel: string;
  initrd: string;
}

export function imagePlaces(image: string, folder = `${IMAGES_FOLDER}/${image}`): ImagePlaces {
  return {
    folder,
    root: `${folder}/root.img`,
    kernel: `${folder}/vmlinuz`,
    initrd: `${folder}/initrd.img`,
  };
}

/** The files of a VM on its machine. What may be made anew is in `folder`; what is kept is in `disks`, another one. */
export interface VmPlaces {
  folder: string;
  /** Where that lies while it is removed. */
  gone: string;
  /** What the VM changed of its base image. */
  overlay: string;
  kernel: string;
  initrd: string;
  domain: string;
  console: string;
  seedFolder: string;
  seed: string;
  disks: string;
}

export function vmPlaces(vm: HostName): VmPlaces {
  const folder = `${VMS_FOLDER}/${vm}`;
  return {
    folder,
    gone: `${VMS_FOLDER}/.${vm}.gone`,
    overlay: `${folder}/root.qcow2`,
    kernel: `${folder}/vmlinuz`,
    initrd: `${folder}/initrd.img`,
    domain: `${folder}/domain.xml`,
    console: `${folder}/console.log`,
    seedFolder: `${folder}/seed`,
    seed: `${folder}/seed.iso`,
    disks: `${DISKS_FOLDER}/${vm}`,
  };
}

/** The system that a VM had before: its folder as it was, and two files more. */
export interface KeptPlaces {
  folder: string;
  overlay: string;
  /** Where it lies while it is removed. */
  gone: string;
  /** For which image it was kept, since when, and whether that one was seen well. */
  note: string;
}

export function keptPlaces(vm: HostName): KeptPlaces {
  const folder = `${KEPT_FOLDER}/${vm}`;
  const gone = `${KEPT_FOLDER}/.${vm}.gone`;
  return { folder, overlay: `${folder}/root.qcow2`, gone, note: `${folder}/kept.note` };
}

/** Where a persistent disk is, unless the services file gives a device. */
export function diskPath(vm: HostName, disk: string, format: string): string {
  return `${vmPlaces(vm).disks}/${disk}.${format === "raw" ? "img" : format}`;
}

/** The image that a path is a file of; undefined for other paths. */
export function imageOfPath(path: string): string | undefined {
  return path.startsWith(`${IMAGES_FOLDER}/`)
    ? path.slice(IMAGES_FOLDER.length + 1).split("/")[0]
    : undefined;
}
