import { chmod, chown, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.ts";
import type { HostLayout, LabLayout } from "./layout.ts";

/** The accounts of a host that the key of the lab opens, with their ids in the base image. */
const ACCOUNTS = [
  { user: "root", home: "root", id: 0 },
  { user: "salvus", home: "home/salvus", id: 2001 },
  { user: "nosudo", home: "home/nosudo", id: 2002 },
  { user: "asksudo", home: "home/asksudo", id: 2003 },
] as const;

/** The password of `asksudo`, as the base image has it. */
export const SUDO_PASSWORD = "open sesame";

/** The files of an ssh client that reaches the hosts of a lab, and nothing of this machine's own. */
export interface SshAccess {
  folder: string;
  /** For `ssh -F`. */
  config: string;
  privateKey: string;
  knownHosts: string;
}

export function sshAccess(lab: LabLayout): SshAccess {
  const folder = join(lab.folder, "ssh");
  return {
    folder,
    config: join(folder, "config"),
    privateKey: join(folder, "id_ed25519"),
    knownHosts: join(folder, "known_hosts"),
  };
}

/** Makes the key of the lab, a key for each host, and the client's configuration with the hosts' true keys. */
export async function writeSshAccess(lab: LabLayout, hosts: readonly HostLayout[]): Promise<SshAccess> {
  const access = sshAccess(lab);
  await mkdir(access.folder, { recursive: true, mode: 0o700 });
  await makeKey(access.privateKey);
  const known = await Promise.all(hosts.map(host => knownHostLine(access, host)));
  await writeFile(access.knownHosts, known.join(""));
  await writeFile(access.config, configText(access, hosts));
  return access;
}

/** Puts the key of a host and the authorized keys of its accounts on its disk, before it boots. */
export async function installKeys(access: SshAccess, host: HostLayout, root: string): Promise<void> {
  const sshd = join(root, "etc/ssh");
  await mkdir(sshd, { recursive: true });
  await copyFile(hostKey(access, host), join(sshd, "ssh_host_ed25519_key"));
  await chmod(join(sshd, "ssh_host_ed25519_key"), 0o600);
  const authorized = await readFile(`${access.privateKey}.pub`);
  for (const { home, id } of ACCOUNTS) {
    const folder = join(root, home, ".ssh");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "authorized_keys"), authorized, { mode: 0o600 });
    for (const path of [join(root, home), folder, join(folder, "authorized_keys")]) await chown(path, id, id);
    await chmod(join(root, home), 0o700);
    await chmod(folder, 0o700);
  }
}

async function knownHostLine(access: SshAccess, host: HostLayout): Promise<string> {
  await makeKey(hostKey(access, host));
  return `${host.name},${host.address} ${await readFile(`${hostKey(access, host)}.pub`, "utf8")}`;
}

function hostKey(access: SshAccess, host: HostLayout): string {
  return join(access.folder, `host_${host.name}`);
}

async function makeKey(path: string): Promise<void> {
  await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "smc-lab", "-f", path]);
}

function configText(access: SshAccess, hosts: readonly HostLayout[]): string {
  const entries = hosts.map(host => `Host ${host.name}\n  HostName ${host.address}\n`);
  const common = [
    "Host *",
    "  User root",
    `  IdentityFile ${access.privateKey}`,
    "  IdentitiesOnly yes",
    "  IdentityAgent none",
    `  UserKnownHostsFile ${access.knownHosts}`,
    "  GlobalKnownHostsFile /dev/null",
    "  StrictHostKeyChecking yes",
    "  BatchMode yes",
    "",
  ];
  return [...entries, common.join("\n")].join("\n");
}

/**
 * Writes a client configuration beside that of the lab, in which `lines` come first: ssh takes the first value that
 * it finds for a keyword. Gives its path.
 */
export async function variantConfig(
  access: SshAccess,
  name: string,
  lines: readonly string[],
): Promise<string> {
  const path = join(access.folder, `config-${name}`);
  await writeFile(path, `${lines.join("\n")}\n${await readFile(access.config, "utf8")}`);
  return path;
}
