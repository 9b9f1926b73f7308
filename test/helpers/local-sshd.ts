import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const SSHD = "/usr/sbin/sshd";
const START_DEADLINE = 10_000;

/** Whether this machine has OpenSSH's server. */
export const hasSshd = existsSync(SSHD);

export interface LocalSshd {
  folder: string;
  /** It answers on this port of every loopback address, 127.x.y.z. */
  port: number;
  user: string;
  /** A client configuration that knows the host and logs in by the key in `keyFile`. */
  configFile: string;
  keyFile: string;
  hostKeyFile: string;
  /** Puts lines before the client configuration. */
  configureClient(text: string): void;
  close(): Promise<void>;
}

/**
 * Starts a real sshd on loopback for the current user, with keys and configuration of its own; `extra` goes to its configuration,
 * and another host key takes the place of the new one.
 */
export async function startLocalSshd(extra = "", other: { hostKeyFile?: string } = {}): Promise<LocalSshd> {
  const folder = mkdtempSync(join(tmpdir(), "smc-sshd-"));
  const port = await freePort();
  const files = { keyFile: join(folder, "id"), hostKeyFile: join(folder, "host") };
  for (const file of Object.values(files))
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", file]);
  copyFileSync(`${files.keyFile}.pub`, join(folder, "authorized_keys"));
  const hostKey = `HostKey ${other.hostKeyFile ?? files.hostKeyFile}`;
  writeFileSync(join(folder, "sshd_config"), serverConfig(folder, port, `${hostKey}\n${extra}`));
  writeFileSync(join(folder, "known_hosts"), `* ${readFileSync(`${files.hostKeyFile}.pub`, "utf8")}`);
  const configFile = join(folder, "config");
  const configureClient = (text: string): void =>
    writeFileSync(configFile, `${text}\n${clientConfig(folder)}`);
  configureClient("");
  const sshd = await start(folder, port);
  const close = async (): Promise<void> => {
    const ended = once(sshd, "close");
    sshd.kill();
    await ended;
    // What it forked for a connection may still write to its log.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  };
  return { folder, port, user: userInfo().username, configFile, ...files, configureClient, close };
}

/** `SHLVL=2`: bash reads ~/.bashrc for a command over ssh, whatever that costs for the user here, unless it believes itself nested. */
function serverConfig(folder: string, port: number, extra: string): string {
  return `${extra}
Port ${port}
ListenAddress 0.0.0.0
PidFile none
AuthorizedKeysFile ${folder}/authorized_keys
StrictModes no
UsePAM no
PrintLastLog no
SetEnv SHLVL=2
MaxStartups 2000
MaxSessions 100
`;
}

function clientConfig(folder: string): string {
  return `Host *
  IdentityFile ${folder}/id
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile ${folder}/known_hosts
  GlobalKnownHostsFile /dev/null
`;
}

async function start(folder: string, port: number): Promise<ChildProcess> {
  if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const sshd = spawn(SSHD, ["-D", "-f", join(folder, "sshd_config"), "-E", join(folder, "log")], {
    stdio: "ignore",
  });
  const deadline = performance.now() + START_DEADLINE;
  while (!(await answers(port))) {
    if (sshd.exitCode !== null || performance.now() > deadline)
      throw new Error(`sshd did not start: ${readFileSync(join(folder, "log"), "utf8")}`);
    await delay(20);
  }
  return sshd;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
