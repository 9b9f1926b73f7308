import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { provideCached } from "./base-image.ts";
import { run } from "./command.ts";

const SUITE = "bookworm";
const PACKAGES =
  "linux-image-cloud-amd64,systemd-sysv,dbus,udev,openssh-server,cloud-init,netplan.io,iproute2,sudo,e2fsprogs";
const SIZE = "2G";
const BUILD_DEADLINE = 600_000;

/** What makes a root file system one that any VM can start from. */
const CUSTOMIZE = [
  `echo 'datasource_list: [NoCloud]' > "$1/etc/cloud/cloud.cfg.d/90-smc.cfg"`,
  `echo 'LABEL=root / ext4 defaults 0 1' > "$1/etc/fstab"`,
  `rm -f "$1"/etc/ssh/ssh_host_* "$1/etc/resolv.conf" "$1/etc/hostname"`,
  `: > "$1/etc/machine-id"`,
  `rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/*`,
].join(" && ");

/** Gives the folder with the base image of a small guest: `root.img`, its kernel and its initrd. It is built once, in a minute. */
export function provideGuestImage(): Promise<string> {
  return provideCached("guest", [SUITE, PACKAGES, SIZE, CUSTOMIZE], async unfinished => {
    const root = join(unfinished, "root");
    await mkdir(unfinished, { recursive: true });
    const options = ["--variant=minbase", `--include=${PACKAGES}`, `--customize-hook=${CUSTOMIZE}`];
    await run(["mmdebstrap", ...options, SUITE, root], { timeout: BUILD_DEADLINE });
    for (const [from, to] of [
      ["vmlinuz", "vmlinuz"],
      ["initrd.img", "initrd.img"],
    ] as const)
      await run(["cp", "--dereference", join(root, from), join(unfinished, to)]);
    await run(["mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", root, join(unfinished, "root.img"), SIZE], {
      timeout: BUILD_DEADLINE,
    });
    await rm(root, { recursive: true });
  });
}
