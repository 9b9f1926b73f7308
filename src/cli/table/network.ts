import { defineCommand, type ArgumentSpecification, type CommandSpecification } from "../specification.ts";

const group = "Machines";

const hostWords: ArgumentSpecification = {
  name: "host",
  summary: "names, @role, web[1-7], globs, !excluded",
  required: false,
  variadic: true,
  complete: "host",
};

/** `smc vpn …`: the network between the hosts. */
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
];
