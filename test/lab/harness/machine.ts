import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { attempt, type CommandOutcome } from "./command.ts";
import { addControlGroup } from "./control-groups.ts";
import { rootOf } from "./disk.ts";
import type { HostLayout } from "./layout.ts";
import { processesIn } from "./network.ts";
import { waitUntil } from "./wait-until.ts";

const BOOT_DEADLINE = 60_000;
const KILL_DEADLINE = 20_000;

/** Writes what makes a host this one: its name, and the names of the others. */
export async function personalise(host: HostLayout, all: readonly HostLayout[]): Promise<void> {
  const folder = join(rootOf(host), "etc");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "hostname"), `${host.name}\n`);
  const lines = ["127.0.0.1 localhost", ...all.map(({ address, name }) => `${address} ${name}`)];
  await writeFile(join(folder, "hosts"), `${lines.join("\n")}\n`);
}

/** Boots a host from its disk over the shared base image, and comes back when systemd and sshd are up. */
export async function boot(host: HostLayout, baseImage: string): Promise<void> {
  const groups = await addControlGroup(host.machine);
  const log = await open(host.consoleLog, "a");
  const enter = groups.map(group => `echo $$ > ${group}/cgroup.procs`).join(" && ");
  const supervisor = spawn(
    "/bin/sh",
    ["-c", `${enter} && exec "$@"`, "sh", ...nspawnCommand(host, baseImage)],
    {
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
    },
  );
  supervisor.unref();
  await once(supervisor, "spawn");
  await log.close();
  await waitForBoot(host);
}

/** Ends a host as a power cut does: nothing in it gets a signal that it could handle. */
export async function kill(machine: string): Promise<void> {
  const rest = async (): Promise<boolean> => {
    const alive = [...supervisorsOf(machine), ...(await processesIn(machine))];
    for (const pid of alive) endProcess(pid);
    return alive.length === 0;
  };
  await waitUntil(rest, { what: `the end of ${machine}`, timeout: KILL_DEADLINE });
}

/** Runs a command as root inside of a host, past ssh and whatever was done to its network. */
export async function runInside(host: HostLayout, argv: readonly string[]): Promise<CommandOutcome> {
  const leader = await leaderOf(host);
  if (leader === undefined) return { code: null, stdout: "", stderr: `${host.name} is not running` };
  return attempt(["nsenter", "--target", String(leader), "--all", "--root", "--", ...argv]);
}

/** Tells whether a host is up: booting counts, answering does not matter. */
export async function isRunning(host: HostLayout): Promise<boolean> {
  return (await leaderOf(host)) !== undefined;
}

function nspawnCommand(host: HostLayout, baseImage: string): string[] {
  const options = {
    directory: baseImage,
    overlay: `+/:${rootOf(host)}:/`,
    machine: host.machine,
    hostname: host.name,
    "network-namespace-path": `/run/netns/${host.machine}`,
    capability: host.kind === "machine" ? "all" : "CAP_NET_ADMIN",
    bind: "/dev/net/tun",
    "bind-ro": `${process.execPath}:/usr/bin/node`,
    register: "no",
    "resolv-conf": "off",
    timezone: "off",
    "link-journal": "no",
  };
  const words = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  return ["systemd-nspawn", "--quiet", "--boot", "--keep-unit", ...words];
}

async function waitForBoot(host: HostLayout): Promise<void> {
  const isUp = async (): Promise<boolean> => {
    const state = await runInside(host, ["systemctl", "is-system-running"]);
    const sshd = await runInside(host, ["systemctl", "is-active", "ssh.service"]);
    return ["running", "degraded"].includes(state.stdout.trim()) && sshd.stdout.trim() === "active";
  };
  try {
    await waitUntil(isUp, { what: `boot of ${host.name}`, timeout: BOOT_DEADLINE });
  } catch (cause) {
    const console = await readFile(host.consoleLog, "utf8");
    throw new Error(`${host.name} did not boot:\n${console.slice(-2000)}`, { cause });
  }
}

/** The first process in a host, its systemd: a child of the supervisor that is in the namespace of the host. */
async function leaderOf(host: HostLayout): Promise<number | undefined> {
  const [supervisor] = supervisorsOf(host.machine);
  if (supervisor === undefined) return undefined;
  const inside = await processesIn(host.machine);
  return inside.find(pid => parentOf(pid) === supervisor);
}

/** Found by the name of the machine in their arguments, so that those of a dead run are found too. */
function supervisorsOf(machine: string): number[] {
  const pids = readdirSync("/proc").filter(name => /^\d+$/.test(name));
  return pids.map(Number).filter(pid => {
    const argv = readProcessFile(pid, "cmdline").split("\0");
    return argv[0] === "systemd-nspawn" && argv.includes(`--machine=${machine}`);
  });
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readProcessFile(pid, "status"))?.[1] ?? 0);
}

function readProcessFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
}
