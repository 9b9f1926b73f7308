import type { SystemdUnit } from "../plan/model.ts";

/** The name of the network, of its interface on every host, and of its folder. */
const NETWORK = "smc";

/** Where tinc has what belongs to the network (tinc.conf(5)). */
export const FOLDER = `/etc/tinc/${NETWORK}`;

/** The unit of the distribution, with what smc adds to it. */
export const UNIT: SystemdUnit = {
  manager: "systemd",
  name: `tinc@${NETWORK}.service`,
  log: `/var/log/tinc.${NETWORK}.log`,
};

/** tinc comes back whenever it ends, and is served before the programs whose traffic it carries. */
export const DROP_IN = {
  path: `/etc/systemd/system/${UNIT.name}.d/smc.conf`,
  content:
    "# Written by smc.\n[Unit]\nStartLimitIntervalSec=0\n\n[Service]\nNice=-10\nRestart=always\nRestartSec=2\n",
};

/** The key pair in use: `rsa_key.pub` is kept beside the private part, which never leaves the host. */
export const KEY = "rsa_key";

/** The command that controls the daemon of the network. */
export function tincd(...words: readonly string[]): string[] {
  return ["tincd", "-n", NETWORK, ...words];
}
