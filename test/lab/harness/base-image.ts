import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./command.ts";

const SUITE = "bookworm";

const COMMON = "systemd-sysv,dbus,udev,openssh-server,sudo,procps,iproute2,ca-certificates";

/** What a host has from its distribution; smc brings the rest. */
const PACKAGES = {
  site: `${COMMON},openjdk-17-jre-headless,haproxy,nginx-light,stunnel4,nftables,tinc,iputils-ping,rsync,systemd-timesyncd`,
  /** A machine that carries VMs. */
  machine: `${COMMON},libvirt-daemon-system,libvirt-clients,qemu-system-x86,qemu-utils,genisoimage,e2fsprogs,xfsprogs,rsync,systemd-timesyncd,tinc,nftables,iputils-ping,haproxy`,
};

/** What a host of a lab is made for. */
export type HostKind = keyof typeof PACKAGES;

/** There are no control groups of libvirt's own in a lab host, and no security modules. */
const MORE_HOOKS: Readonly<Record<HostKind, readonly string[]>> = {
  site: [],
  machine: [`printf 'cgroup_controllers = []\\nsecurity_driver = "none"\\n' >> "$1/etc/libvirt/qemu.conf"`],
};

const CUSTOMIZE = fileURLToPath(new URL("customize-base.sh", import.meta.url));
const BUILD_DEADLINE = 600_000;

/**
 * Gives the folder with the root file system that all lab hosts of a kind share and none writes to. It is built once, in about
 * half a minute, and kept under a hash of what it is made from.
 */
export async function provideBaseImage(kind: HostKind = "site"): Promise<string> {
  const packages = PACKAGES[kind];
  const more = MORE_HOOKS[kind];
  const recipe = [SUITE, packages, await readFile(CUSTOMIZE, "utf8"), ...more];
  return provideCached("base", recipe, async unfinished => {
    const hooks = [CUSTOMIZE, ...more].map(hook => `--customize-hook=${hook}`);
    const options = ["--variant=minbase", `--include=${packages}`, ...hooks];
    await run(["mmdebstrap", ...options, SUITE, unfinished], { timeout: BUILD_DEADLINE });
  });
}

/** Gives the folder in `$XDG_CACHE_HOME/smc-lab` that `build` makes of a recipe; it is built only when the recipe is a new one. */
export async function provideCached(
  prefix: "base" | "guest",
  recipe: readonly string[],
  build: (unfinished: string) => Promise<void>,
): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 12);
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "smc-lab");
  const folder = join(cache, `${prefix}-${hash}`);
  if (!existsSync(folder)) await buildBeside(folder, build);
  return folder;
}

/** Builds beside the final folder: what is there under the final name is complete. */
async function buildBeside(folder: string, build: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(dirname(folder), { recursive: true });
  await removeUnfinished(dirname(folder));
  try {
    await build(unfinished);
    await rename(unfinished, folder);
  } catch (error) {
    // Somebody else who built the same thing meanwhile was first.
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Removes what builders left that are gone. */
async function removeUnfinished(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const builder = /^(?:base|guest)-\w+\.(\d+)$/.exec(name)?.[1];
    if (builder === undefined || existsSync(`/proc/${builder}`)) continue;
    await rm(join(cache, name), { recursive: true, force: true });
  }
}
