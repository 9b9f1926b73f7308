import { readFileSync } from "node:fs";
import { mkdir, rm, statfs, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { attempt, run } from "./command.ts";
import type { HostLayout, LabLayout } from "./layout.ts";

/** Sparse: what is not written takes no space on this machine. */
const DISK_SIZE = 4 * 1024 ** 3;

/** What a host writes, its whole root file system included, goes to a small disk of its own that can be filled up. */
export async function addDisk(host: HostLayout): Promise<void> {
  await mkdir(host.disk, { recursive: true });
  await writeFile(host.image, "");
  await truncate(host.image, DISK_SIZE);
  await run(["mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", "-E", "lazy_itable_init=1", host.image]);
  await run(["mount", "-o", "loop", host.image, host.disk]);
  await mkdir(rootOf(host));
}

/** Where the root file system of a host, as far as it differs from the base image, is on this machine. */
export function rootOf(host: HostLayout): string {
  return join(host.disk, "root");
}

/** Takes every free block of the disk, without writing most of them. */
export async function fillDisk(host: HostLayout): Promise<void> {
  const { bavail, bsize } = await statfs(host.disk);
  const most = Math.max(bavail * bsize - 8 * 1024 ** 2, bsize);
  await run(["fallocate", "--length", String(most), join(host.disk, "filler")]);
  await attempt(["dd", "if=/dev/zero", `of=${join(host.disk, "filler-rest")}`, "bs=4096", "conv=fsync"]);
}

export async function emptyDisk(host: HostLayout): Promise<void> {
  for (const name of ["filler", "filler-rest"]) await rm(join(host.disk, name), { force: true });
}

/** Unmounts all that is mounted below the folder of a lab; the loop devices go with their mounts. */
export async function unmountDisks(lab: LabLayout): Promise<void> {
  const mountPoints = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map(line => line.split(" ")[1] ?? "")
    .filter(path => path.startsWith(`${lab.folder}/`));
  for (const mountPoint of mountPoints.reverse()) await run(["umount", mountPoint]);
}
