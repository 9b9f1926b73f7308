import { existsSync, readdirSync } from "node:fs";
import { mkdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../../../src/base/error-code.ts";
import { waitUntil } from "./wait-until.ts";

const REMOVE_DEADLINE = 20_000;

/**
 * The hierarchies in which systemd keeps its units: `unified` and `systemd` of a mixed mount, or the one of cgroup v2.
 * Each host needs a group of its own there; two systemds in one group would see each other's services.
 */
function hierarchies(): string[] {
  const mixed = ["systemd", "unified"]
    .map(name => join("/sys/fs/cgroup", name))
    .filter(path => existsSync(path));
  return mixed.length > 0 ? mixed : ["/sys/fs/cgroup"];
}

/** Makes the control group of a host and gives its folder in each hierarchy. */
export async function addControlGroup(machine: string): Promise<string[]> {
  const folders = hierarchies().map(hierarchy => join(hierarchy, machine));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  return folders;
}

/** Removes the control groups whose names begin with the prefix. Nothing may run in them. */
export async function removeControlGroups(prefix: string): Promise<void> {
  for (const hierarchy of hierarchies()) {
    const names = readdirSync(hierarchy).filter(name => name.startsWith(prefix));
    for (const name of names) await removeTree(join(hierarchy, name));
  }
}

/** The files in a control group are not removable, and go with it: only its folders are removed, the deepest first. */
async function removeTree(folder: string): Promise<void> {
  const folders = readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory());
  for (const { name } of folders) await removeTree(join(folder, name));
  await waitUntil(() => removed(folder), { what: `the end of all in ${folder}`, timeout: REMOVE_DEADLINE });
}

/** A large process that was killed is in its control group for some moments longer than in any list. */
async function removed(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    if (hasCode(error, "EBUSY")) return false;
    if (hasCode(error, "ENOENT")) return true;
    throw error;
  }
}
