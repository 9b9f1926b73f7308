import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { provideBaseImage, type HostKind } from "./base-image.ts";
import { attempt, type CommandOptions, type CommandOutcome } from "./command.ts";
import { removeControlGroups } from "./control-groups.ts";
import { addDisk, rootOf, unmountDisks } from "./disk.ts";
import { hostLayout, labLayout, LAB_NUMBERS, type HostLayout, type LabLayout } from "./layout.ts";
import { boot, kill, personalise } from "./machine.ts";
import { addBridge, addHostNetwork, isNetworkFree, namespacesOf, removeNetwork } from "./network.ts";
import { claim, isOrphan, labsOfThisMachine, readRecord, reserve } from "./registry.ts";
import { installKeys, sshAccess, writeSshAccess, type SshAccess } from "./ssh-access.ts";

/** A running lab: real hosts with systemd and sshd in network namespaces of this machine. */
export interface Lab {
  layout: LabLayout;
  ssh: SshAccess;
  baseImage: string;
  hosts: readonly HostLayout[];
}

export interface StartOptions {
  hosts: readonly string[];
  /** The lab belongs to this process: when that is gone, the next one removes it. */
  owned: boolean;
  /** One that is free, unless told. 0 is the operator's own. */
  number?: number;
  /** What all its hosts are made for: `site` unless told. */
  kind?: HostKind;
}

/**
 * Starts a lab with hosts of these names, and comes back when all are up: 5 seconds, and half a minute more when the
 * base image must be built. Labs of dead owners are removed first.
 */
export async function startLab(options: StartOptions): Promise<Lab> {
  await removeOrphans();
  const kind = options.kind ?? "site";
  const baseImage = await provideBaseImage(kind);
  const layout = await reserveFree({ ...options, kind, baseImage });
  const hosts = hostsOf(layout, options.hosts, kind);
  try {
    const ssh = await writeSshAccess(layout, hosts);
    await addBridge(layout);
    for (const host of hosts) await addHostNetwork(layout, host);
    await Promise.all(hosts.map(host => prepareDisk(host, { hosts, ssh })));
    await Promise.all(hosts.map(host => boot(host, baseImage)));
    return { layout, ssh, baseImage, hosts };
  } catch (error) {
    await removeLab(layout);
    throw error;
  }
}

/** The lab with this number, if there is one. */
export function openLab(number: number): Lab | undefined {
  const layout = labLayout(number);
  const record = readRecord(layout);
  if (record === undefined) return undefined;
  return {
    layout,
    ssh: sshAccess(layout),
    baseImage: record.baseImage,
    hosts: hostsOf(layout, record.hosts, record.kind ?? "site"),
  };
}

/** Ends the hosts and removes everything that the lab made, by names alone: nothing needs to be running or complete. */
export async function removeLab(layout: LabLayout): Promise<void> {
  await claim(layout);
  await Promise.all((await namespacesOf(layout)).map(kill));
  await unmountDisks(layout);
  await removeNetwork(layout);
  await removeControlGroups(layout.prefix);
  await rm(layout.folder, { recursive: true, force: true });
}

/** Removes the labs whose owners are gone, and gives their numbers. */
export async function removeOrphans(): Promise<number[]> {
  const removed: number[] = [];
  for (const { lab } of labsOfThisMachine()) {
    // Looked at just before: while another one was removed, somebody else may have removed this one, and made it anew.
    if (!existsSync(lab.folder) || !isOrphan(readRecord(lab))) continue;
    await removeLab(lab);
    removed.push(lab.number);
  }
  return removed;
}

/** The host of this name. Throws when the lab has none. */
export function hostNamed(lab: Lab, name: string): HostLayout {
  const host = lab.hosts.find(host => host.name === name);
  if (host === undefined)
    throw new Error(`no host ${name}; there are ${lab.hosts.map(host => host.name).join(", ")}`);
  return host;
}

/** Runs a command on a host by the system's ssh, as the user that the lab's configuration has for it. */
export async function overSsh(
  lab: Lab,
  { host, argv }: { host: string; argv: readonly string[] },
  options: CommandOptions = {},
): Promise<CommandOutcome> {
  return attempt(["ssh", "-F", lab.ssh.config, host, ...argv], options);
}

function hostsOf(layout: LabLayout, names: readonly string[], kind: HostKind): HostLayout[] {
  return names.map((name, index) => hostLayout(layout, { name, index, kind }));
}

async function reserveFree({ number, ...record }: StartOptions & { baseImage: string }): Promise<LabLayout> {
  for (const candidate of number === undefined ? LAB_NUMBERS.slice(1) : [number]) {
    const layout = labLayout(candidate);
    if ((await isNetworkFree(layout)) && (await reserve(layout, record))) return layout;
  }
  throw new Error(number === undefined ? "no number is free for a lab" : `lab ${number} is there already`);
}

async function prepareDisk(
  host: HostLayout,
  { hosts, ssh }: { hosts: readonly HostLayout[]; ssh: SshAccess },
): Promise<void> {
  await addDisk(host);
  await personalise(host, hosts);
  await installKeys(ssh, host, rootOf(host));
}
