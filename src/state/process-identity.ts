import { readFile } from "node:fs/promises";

/** What tells a process from every other that ever has the same pid. */
export interface ProcessIdentity {
  /** `boot_id` of the kernel: pids begin anew with each boot. */
  boot: string;
  pid: number;
  /** Start time in clock ticks since the boot, field 22 of `/proc/PID/stat` (proc(5)). */
  started: string;
}

/** The identity of a process that runs on this machine; undefined when there is none of that pid. */
export async function processIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
  // The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const started = fields?.[19];
  const isZombie = fields?.[0] === "Z";
  return started === undefined || isZombie ? undefined : { boot: boot.trim(), pid, started };
}
