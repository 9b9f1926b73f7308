import { defineCommand, type ArgumentSpecification, type CommandSpecification } from "../specification.ts";

const group = "Machines";

const hostWords: ArgumentSpecification = {
  name: "host",
  summary: "names, @role, web[1-7], globs, !excluded",
  required: false,
  variadic: true,
  complete: "host",
};

/** `smc vpn …`, `smc firewall …`: the network between the hosts, and who may use it. */
export const networkCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["vpn", "join"],
    group,
    summary: "Bring hosts into the VPN, and all members in line with the services file",
    description:
      "A host makes its key itself, and the private part never leaves it. The others get the public part and read it one after the other. A member that does not answer is left for smc resume (exit 1).",
    arguments: [hostWords],
    examples: [
      { command: "vpn join web5", summary: "a new host" },
      { command: "vpn join @all --dry-run", summary: "what a whole mesh would take" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/vpn/change.ts")).joinVpn,
  }),
  defineCommand({
    path: ["vpn", "leave"],
    group,
    summary: "Take hosts out of the VPN: no member accepts their keys any more",
    description:
      "Works without the host too, as when it was stolen. Take it out of the services file as well, or the next join of all brings it back.",
    arguments: [hostWords],
    examples: [{ command: "vpn leave web5", summary: "asks before it does" }],
    mutates: true,
    load: async () => (await import("../../commands/vpn/change.ts")).leaveVpn,
  }),
  defineCommand({
    path: ["vpn", "rotate"],
    group,
    summary: "Give members of the VPN new keys, one after the other",
    description:
      "The new public part is on every member before the host takes its new key; then its tinc starts again. Refused (exit 3) when a member does not answer.",
    arguments: [hostWords],
    examples: [{ command: "vpn rotate web5", summary: "when its key may be known to others" }],
    mutates: true,
    load: async () => (await import("../../commands/vpn/change.ts")).rotateVpn,
  }),
  defineCommand({
    path: ["vpn", "status"],
    group,
    summary: "Show who is in the VPN, with which key, and what differs from the services file",
    description: "Exits 0 when all is well, 3 when something is not, 4 when a host could not be asked.",
    examples: [{ command: "vpn status", summary: "every host" }],
    mutates: false,
    load: async () => (await import("../../commands/vpn/status.ts")).vpnStatus,
  }),
  defineCommand({
    path: ["vpn", "check"],
    group,
    summary: "Ping from every member of the VPN to every other",
    description:
      "Shows who does not reach whom, and which pairs go over a third although one of them has a public address. Exits as smc vpn status does.",
    examples: [{ command: "vpn check", summary: "the whole matrix at once" }],
    mutates: false,
    load: async () => (await import("../../commands/vpn/check.ts")).checkVpn,
  }),
  defineCommand({
    path: ["firewall", "plan"],
    group,
    summary: "Show the rules of each host by the services file, and what differs on it",
    description:
      "A port is open to the hosts whose services need it, the edge of the site and ssh to anybody, what no service needs to the site. Compute servers reach neither each other nor the database. Exits 3 when the rules would cut smc off.",
    arguments: [hostWords],
    examples: [{ command: "firewall plan web1", summary: "one host" }],
    mutates: false,
    load: async () => (await import("../../commands/firewall/verbs.ts")).showFirewall,
  }),
  defineCommand({
    path: ["firewall", "apply"],
    group,
    summary: "Put the rules in force; a host that smc cannot reach afterwards puts the old ones back",
    description:
      "One table of smc's own is replaced in one transaction; no other is touched. smc confirms over a new connection, and without that the host restores what it had after 30 seconds. What is confirmed is loaded at boot, before the network.",
    arguments: [hostWords],
    examples: [
      { command: "firewall apply --dry-run", summary: "every step" },
      { command: "firewall apply @web", summary: "some hosts first" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/firewall/verbs.ts")).applyFirewall,
  }),
  defineCommand({
    path: ["firewall", "status"],
    group,
    summary: "Show whether each host has the rules that it should have",
    description: "Exits 0 when all have, 3 when one has not, 4 when one could not be asked.",
    arguments: [hostWords],
    examples: [{ command: "firewall status", summary: "every host" }],
    mutates: false,
    load: async () => (await import("../../commands/firewall/verbs.ts")).firewallStatus,
  }),
];
