import { OperatorError } from "../base/operator-error.ts";
import type { VmDisk } from "../inventory/model.ts";
import { diskPath } from "./places.ts";
import type { Vm } from "./vm.ts";

/** A persistent disk of a VM, as it is on its machine. */
export interface PlannedDisk {
  /** Its name in the services file; the label of its file system too. */
  name: string;
  path: string;
  /** `block` for a device of the machine, which smc neither makes nor formats. */
  type: "file" | "block";
  /** Of the image: `qcow2` or `raw`. */
  format: string;
  fs: string;
  /** In bytes; a device has its own. */
  size: number | undefined;
  /** The name of the device inside the VM, `vdc`. */
  target: string;
}

/** The most letters of a label (ext4: superblock s_volume_name; xfs: sb_fname). */
const LONGEST_LABEL: Readonly<Record<string, number>> = { ext4: 16, xfs: 12 };
/** The root file system, and the seed of cloud-init. */
const TAKEN_LABELS = ["root", "cidata"];
/** The first two devices are the overlay and the seed. */
const FIRST_LETTER = "c".charCodeAt(0);
const MOST_DISKS = 24;

/**
 * The persistent disks of a VM, in file order. Throws an OperatorError (exit 2) for a disk without size or device and for a name
 * that is no label.
 */
export function disksOf({ name: vm, settings }: Vm): PlannedDisk[] {
  const disks = [...settings.disks];
  if (disks.length > MOST_DISKS) throw wrong(vm, `it has more than ${MOST_DISKS} disks`);
  return disks.map(([name, disk], index) => {
    checkName(vm, name, disk);
    const target = `vd${String.fromCharCode(FIRST_LETTER + index)}`;
    const { device, size, format, fs } = disk;
    if (device !== undefined) {
      return { name, path: device, type: "block", format: "raw", fs, size: undefined, target };
    }
    if (size === undefined) throw wrong(vm, `its disk ${name} has neither a size nor a device`);
    return { name, path: diskPath(vm, name, format), type: "file", format, fs, size, target };
  });
}

function checkName(vm: string, name: string, { fs }: VmDisk): void {
  if (TAKEN_LABELS.includes(name.toLowerCase()))
    throw wrong(vm, `"${name}" is the label of a disk of its own`);
  const longest = LONGEST_LABEL[fs] ?? 0;
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name) && name.length <= longest) return;
  throw wrong(
    vm,
    `"${name}" cannot be the label of a disk: at most ${longest} letters, digits, "_", "." and "-"`,
  );
}

function wrong(vm: string, what: string): OperatorError {
  return new OperatorError(`the VM ${vm} cannot be made: ${what}`, {
    code: "VM_DISK",
    hint: "look at its disks: in the services file",
  });
}
