import ipaddr from "ipaddr.js";
import { stringify } from "yaml";
import { OperatorError } from "../base/operator-error.ts";
import { mountPoint } from "../services/mounts.ts";
import type { Content } from "../plan/model.ts";
import { disksOf } from "./disks.ts";
import { macOf, shortHash } from "./identity.ts";
import { hostKeySecret, type Vm } from "./vm.ts";

/** The files of a cloud-init seed by their names (cloudinit.readthedocs.io, "NoCloud"). */
export type SeedFiles = Readonly<Record<"user-data" | "meta-data" | "network-config", Content>>;

/** The place of the host key in what is otherwise text. */
const KEY_PLACE = "SMC-HOST-KEY";
const HOST_KEY_PATH = "/etc/ssh/ssh_host_ed25519_key";

/**
 * Renders what a VM is told at its boot: its name and address, the account of smc with its keys, the ssh host key that smc
 * knows beforehand, and where its disks are mounted. The instance id follows from all of it, so that a change is taken up
 * at the next boot. Throws an OperatorError for an address that is none.
 */
export function renderSeed(vm: Vm): SeedFiles {
  const userData = `#cloud-config\n${stringify(cloudConfig(vm), { lineWidth: 0 })}`;
  const networkConfig = stringify(networkOf(vm), { lineWidth: 0 });
  const instance = `smc-${vm.name}-${shortHash(userData + networkConfig)}`;
  const metaData = stringify({ "instance-id": instance, "local-hostname": vm.name });
  const [before = "", after = ""] = userData.split(KEY_PLACE);
  return {
    "user-data": [before, { secret: hostKeySecret(vm.name) }, after],
    "meta-data": [metaData],
    "network-config": [networkConfig],
  };
}

function cloudConfig(vm: Vm): object {
  const { name, host, settings } = vm;
  return {
    hostname: name,
    preserve_hostname: false,
    manage_etc_hosts: "localhost",
    users: [
      {
        name: host.user,
        shell: "/bin/bash",
        lock_passwd: true,
        ...(host.user === "root" ? {} : { sudo: "ALL=(ALL) NOPASSWD:ALL" }),
        ssh_authorized_keys: settings.authorizedKeys,
      },
    ],
    disable_root: host.user !== "root",
    ssh_pwauth: false,
    // The key is written before the ssh module runs, which then makes no other.
    ssh_deletekeys: false,
    ssh_genkeytypes: ["ed25519"],
    write_files: [
      { path: HOST_KEY_PATH, permissions: "0600", owner: "root:root", encoding: "b64", content: KEY_PLACE },
    ],
    mounts: disksOf(vm).map(disk => [
      `LABEL=${disk.name}`,
      mountPoint(disk.name),
      disk.fs,
      // The file system follows a disk that has grown; a disk that is not there keeps nobody from logging in.
      "defaults,nofail,x-systemd.growfs",
      "0",
      "2",
    ]),
    // The image has its locale, and cloud-init's own may be missing in it.
    locale: false,
    growpart: { mode: "off" },
    resize_rootfs: true,
  };
}

/** Version 2 (netplan) of cloud-init's network configuration. */
function networkOf(vm: Vm): object {
  const { host, machine, settings } = vm;
  const { prefix, gateway = machine.address, nameservers } = settings.network;
  requireAddress(vm, host.address);
  requireAddress(vm, gateway);
  return {
    version: 2,
    ethernets: {
      eth0: {
        match: { macaddress: macOf(vm) },
        "set-name": "eth0",
        dhcp4: false,
        addresses: [`${host.address}/${prefix}`],
        // The machine may be outside of the network of its VMs.
        routes: [{ to: "0.0.0.0/0", via: gateway, "on-link": true }],
        ...(nameservers.length === 0 ? {} : { nameservers: { addresses: nameservers } }),
      },
    },
  };
}

function requireAddress({ name }: Vm, address: string): void {
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return;
  throw new OperatorError(`the VM ${name} cannot be made: "${address}" is no IPv4 address`, {
    code: "VM_ADDRESS",
    hint: "give it an address of its own as vpn:, and its machine one, or network: gateway:",
  });
}
