import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./command.ts";

const SUITE = "bookworm";

/** What a host of the site has from its distribution; smc brings the rest. */
const PACKAGES =
  "systemd-sysv,dbus,udev,openssh-server,sudo,procps,iproute2,ca-certificates," +
  "openjdk-17-jre-headless,haproxy,nginx-light,stunnel4,nftables,tinc";

const CUSTOMIZE = fileURLToPath(new URL("customize-base.sh", import.meta.url));
const BUILD_DEADLINE = 600_000;

/**
 * Gives the folder with the root file system that all lab hosts share and none writes to. It is built once, in about
 * half a minute, and kept in `$XDG_CACHE_HOME/smc-lab` under a hash of what it is made from.
 */
export async function provideBaseImage(): Promise<string> {
  const recipe = JSON.stringify([SUITE, PACKAGES, await readFile(CUSTOMIZE, "utf8")]);
  const hash = createHash("sha256").update(recipe).digest("hex").slice(0, 12);
  const folder = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "smc-lab", `base-${hash}`);
  if (!existsSync(folder)) await build(folder);
  return folder;
}

/** Builds beside the final folder: what is there under the final name is complete. */
async function build(folder: string): Promise<void> {
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(dirname(folder), { recursive: true });
  await removeUnfinished(dirname(folder));
  try {
    const options = ["--variant=minbase", `--include=${PACKAGES}`, `--customize-hook=${CUSTOMIZE}`];
    await run(["mmdebstrap", ...options, SUITE, unfinished], { timeout: BUILD_DEADLINE });
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
    const builder = /^base-\w+\.(\d+)$/.exec(name)?.[1];
    if (builder === undefined || existsSync(`/proc/${builder}`)) continue;
    await rm(join(cache, name), { recursive: true, force: true });
  }
}
