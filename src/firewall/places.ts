/** Where a host keeps the rules of smc: those in force, those before, and those that are being tried. */
export const FOLDER = "/etc/smc/firewall";

const CURRENT = `${FOLDER}/current.nft`;

/** Puts the old rules back unless it is ended before. */
export const ROLL_BACK_UNIT = "smc-firewall-back";

/**
 * Loads the rules before there is a network, so that no boot has an open moment. Debian's own unit empties all tables when
 * it is started or stopped: this one comes after it, and is started again with it.
 */
export const UNIT = {
  name: "smc-firewall.service",
  path: "/etc/systemd/system/smc-firewall.service",
  content: `# Written by smc.
[Unit]
Description=Rules of the firewall by smc
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target shutdown.target
After=local-fs.target nftables.service
Conflicts=shutdown.target
PartOf=nftables.service
ConditionPathExists=${CURRENT}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f ${CURRENT}

[Install]
WantedBy=sysinit.target nftables.service
`,
};
