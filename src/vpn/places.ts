import type { SystemdUnit } from "../plan/model.ts";

/** The name of the network, of its interface on every host, and of its folder. */
const NETWORK = "smc";

/** Where tinc has what belongs to the network (tinc.conf(5)). */
export const FOLDER = `/etc/tinc/${NETWORK}`;

export const UNIT: SystemdUnit = {
  manager: "systemd",
  name: `tinc@${NETWORK}.service`,
  log: `/var/log/tinc.${NETWORK}.log`,
};

/**
 * The unit, in place of that of the distribution: tinc comes back whenever it ends, and is served before the programs whose
 * traffic it carries.
 */
export const UNIT_FILE = {
  path: `/etc/systemd/system/${UNIT.name}`,
  content: `# Written by smc.
[Unit]
Description=VPN of the site
After=network.target
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/sbin/tincd -n ${NETWORK} -D
ExecReload=/usr/sbin/tincd -n ${NETWORK} -kHUP
WorkingDirectory=${FOLDER}
KillMode=mixed
TimeoutStopSec=5
Nice=-10
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
`,
};

/** The key pair in use: `rsa_key.pub` is kept beside the private part, which never leaves the host. */
export const KEY = "rsa_key";

/** The command that controls the daemon of the network. */
export function tincd(...words: readonly string[]): string[] {
  return ["tincd", "-n", NETWORK, ...words];
}
