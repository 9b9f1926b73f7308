import type { Host } from "../inventory/model.ts";
import { nodeName, prefixLength, type VpnNetwork } from "./network.ts";

const HEAD = "# Written by smc: change the services file and run smc vpn join.\n";

/**
 * The `tinc.conf` of a host (tinc.conf(5)). A link that died is noticed within 15 seconds instead of a minute, and one
 * that could not be opened is tried every 30 seconds instead of, after a while, every 15 minutes.
 */
export function tincConf(host: Host, connectTo: readonly Host[]): string {
  const lines = [
    `Name = ${nodeName(host.name)}`,
    "PingInterval = 10",
    "PingTimeout = 5",
    "MaxTimeout = 30",
    ...connectTo.map(({ name }) => `ConnectTo = ${nodeName(name)}`),
  ];
  return `${HEAD}${lines.join("\n")}\n`;
}

/**
 * What all members are told of a host, its key left out, which follows. A VM without a public address is reached over those
 * that it has a link with, and by nobody else directly (IndirectData): the only address that others hear of it is that on its
 * bridge, which is in the range of the VPN, so what they sent there would go into the VPN again, wrapped once more.
 */
export function hostHead(host: Host, port: number): string {
  const lines = [
    ...(host.public === undefined ? [] : [`Address = ${host.public}`]),
    `Port = ${port}`,
    `Subnet = ${host.address}/32`,
    ...(isBehindItsMachine(host) ? ["IndirectData = yes"] : []),
  ];
  return `${HEAD}${lines.join("\n")}\n`;
}

function isBehindItsMachine({ kind, public: address }: Host): boolean {
  return kind === "vm" && address === undefined;
}

/** The script that gives the interface its address when tinc has opened it. */
export function tincUp(host: Host, { settings }: VpnNetwork): string {
  return [
    "#!/bin/sh",
    HEAD.trimEnd(),
    'ip link set dev "$INTERFACE" up',
    `ip address replace ${host.address}/${prefixLength(settings.netmask)} dev "$INTERFACE"`,
    "",
  ].join("\n");
}
