import { join } from "node:path";
import type { HostKind } from "./base-image.ts";

/** Where the labs of this machine keep their disks and keys, one folder each, named by the number of the lab. */
export const LABS_FOLDER = "/var/tmp/smc-lab";

/** The number of a lab is a part of its subnet, its bridge and everything else that it makes. */
export const LAB_NUMBERS = Array.from({ length: 32 }, (_, number) => number);

/** Names of what one lab makes on this machine. Nothing else uses this subnet: it is checked before a lab starts. */
export interface LabLayout {
  number: number;
  folder: string;
  bridge: string;
  subnet: string;
  /** The address of this machine on the bridge. */
  controllerAddress: string;
  /** What the network namespaces, control groups and machines of its hosts start with. */
  prefix: string;
}

/** Names of what one host of a lab is made of. */
export interface HostLayout {
  /** What the tests and the services file call it, `db1`. */
  name: string;
  address: string;
  /** The network namespace, the control group and the systemd-nspawn machine. */
  machine: string;
  /** The end of its network cable that is plugged into the bridge. */
  cable: string;
  folder: string;
  /** The image of its disk, and where that is mounted on this machine. */
  image: string;
  disk: string;
  consoleLog: string;
  kind: HostKind;
}

export function labLayout(number: number): LabLayout {
  return {
    number,
    folder: join(LABS_FOLDER, String(number)),
    bridge: `smclab${number}`,
    subnet: `10.213.${number}.0/24`,
    controllerAddress: `10.213.${number}.1`,
    prefix: `smclab${number}-`,
  };
}

export function hostLayout(
  lab: LabLayout,
  { name, index, kind }: { name: string; index: number; kind: HostKind },
): HostLayout {
  const folder = join(lab.folder, name);
  return {
    name,
    address: `10.213.${lab.number}.${11 + index}`,
    machine: `${lab.prefix}${index}`,
    cable: `${lab.prefix}${index}`,
    folder,
    image: join(folder, "disk.img"),
    disk: join(folder, "disk"),
    consoleLog: join(folder, "console.log"),
    kind,
  };
}
