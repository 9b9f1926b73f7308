import * as v from "valibot";
import { account, address, count, port, size, text } from "./leaves.ts";

const managed = v.optional(v.boolean("true or false is expected"), true);
const state = v.optional(v.picklist(["present", "absent"]), "present");

/** What machines and VMs have in common. */
const hostEntries = {
  /** Its address inside the VPN. */
  vpn: address,
  public: v.optional(text),
  dc: v.optional(text),
  rack: v.optional(text),
  site: v.optional(text),
  role: v.optional(text),
  tags: v.optional(v.array(text), []),
  user: v.optional(account),
  ssh_port: v.optional(port),
  /** false: smc knows the host and never changes it. */
  managed,
  state,
  note: v.optional(text),
};

/** The keys of a machine. */
export const machineSchema = v.strictObject({
  ...hostEntries,
  ram: v.optional(size),
  cores: v.optional(count),
  disk: v.optional(size),
});

const disk = v.strictObject({
  size: v.optional(size),
  fs: v.optional(text),
  format: v.optional(v.picklist(["qcow2", "raw"])),
  /** A block device of the machine, given to the VM as it is. */
  device: v.optional(v.pipe(v.string(), v.startsWith("/dev/", "a device is a path below /dev"))),
});

/** The keys of a VM that `defaults: vm:` may say too. */
export const vmDefaults = {
  image: v.union(
    [text, v.strictObject({ newest: text })],
    'an image is a name, or {newest: "salvus-*"} for the newest that matches',
  ),
  /** `gce`: somebody else's machine carries it, and smc uses it but does not make, start or stop it. */
  driver: v.optional(v.picklist(["kvm", "qemu", "gce"]), "kvm"),
  cache: v.optional(v.picklist(["writeback", "writethrough", "none", "directsync", "unsafe"]), "writeback"),
  /** File system of disks that do not name one. */
  fs: v.optional(text, "ext4"),
};

/** The keys of a VM. */
export const vmSchema = v.strictObject({
  ...hostEntries,
  ...vmDefaults,
  /** The machine that carries it. */
  at: text,
  /** What smc gives to VMs that it makes; one of another driver has it from its type. */
  ram: v.optional(size),
  vcpus: v.optional(count),
  zone: v.optional(text),
  type: v.optional(text),
  disks: v.optional(
    v.record(text, v.union([size, disk], "a disk is a size, 256GB, or {size: 256GB, fs: xfs}")),
    {},
  ),
});

export type MachineEntry = v.InferOutput<typeof machineSchema>;
export type VmEntry = v.InferOutput<typeof vmSchema>;
