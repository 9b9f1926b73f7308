import type { HostTarget } from "../base/host-target.ts";
import { createLocalConnection } from "./local.ts";
import type { Connection, Transport } from "./model.ts";
import { SystemSshShell } from "./openssh/system-ssh-shell.ts";
import { type AskBecomePassword, RemoteConnection } from "./remote-connection.ts";
import type { SshHosts } from "./ssh/ssh-hosts.ts";

export interface TransportOptions {
  /** Read instead of ~/.ssh/config and /etc/ssh/ssh_config, as `ssh -F` does. */
  sshConfigFile?: string;
  /** How many connections may be set up at one time; absent: 30. */
  maximumStarts?: number;
  /** Asked once for each host on which sudo wants a password; absent: such commands end as `not-permitted`. */
  becomePassword?: AskBecomePassword;
}

/** All hosts of one run, each reached as its target says. Close it at the end: open connections keep the process alive. */
export function createTransport(options: TransportOptions = {}): Transport {
  const { sshConfigFile, maximumStarts, becomePassword } = options;
  const config = sshConfigFile === undefined ? {} : { configFile: sshConfigFile };
  let loading: Promise<SshHosts> | undefined;
  const sshHosts = (): Promise<SshHosts> =>
    // ssh2 takes long to load, and a site of one machine does without it.
    (loading ??= import("./ssh/ssh-hosts.ts").then(
      module =>
        new module.SshHosts({
          ...config,
          ...(maximumStarts === undefined ? {} : { maximumStarts }),
          systemShell: (target, { user, hostName }) =>
            new SystemSshShell(user, { target, hostName, ...config }),
        }),
    ));
  const connections = new Map<string, Connection>();
  const open = (target: HostTarget): Connection =>
    target.kind === "local"
      ? createLocalConnection(target)
      : new RemoteConnection(target, async () => (await sshHosts()).shell(target), becomePassword);
  return {
    connection(target) {
      const key = JSON.stringify(target);
      const connection = connections.get(key) ?? open(target);
      connections.set(key, connection);
      return connection;
    },
    close: async () => (await loading)?.close(),
  };
}
