import * as v from "valibot";
import { DISK_FORMATS } from "../disk-formats.ts";
import { account, address, count, port, prefixLength, size, text } from "./leaves.ts";

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

const fileSystem = v.picklist(["ext4", "xfs"]);

const publicKey = v.pipe(
  v.string(),
  v.regex(
    /^(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/=]+( [^\r\n]*)?$/,
    "a public key is a line such as ssh-ed25519 AAAA… name",
  ),
);

/** Where a VM is plugged in, and what it is told of the network. */
const network = v.strictObject({
  /** A bridge of its machine. */
  bridge: v.optional(
    v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{1,15}$/, "a bridge is the name of an interface, br0")),
    "br0",
  ),
  /** The length of the prefix of its own network. */
  prefix: v.optional(prefixLength, 24),
  /** Its way to everywhere else; absent: the address of its machine. */
  gateway: v.optional(address),
  nameservers: v.optional(v.array(address), []),
});

const disk = v.strictObject({
  size: v.optional(size),
  fs: v.optional(fileSystem),
  format: v.optional(v.picklist(DISK_FORMATS)),
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
  fs: v.optional(fileSystem, "ext4"),
  network: v.optional(network, {}),
  /** Public keys, as they stand in a file of authorized keys, that open the account of smc on it. */
  authorized_keys: v.optional(v.array(publicKey), []),
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
