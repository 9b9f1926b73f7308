import { defineCommand, type CommandSpecification } from "../specification.ts";
import { cleanupOption, observedDryOption } from "./ring-options.ts";

/** `smc up | down | grow`: a whole deployment. */
export const siteCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["up"],
    group: "Whole deployments",
    summary: "Bring the whole deployment up: machines, VPN, VMs, firewall, services",
    description:
      "One plan: machines are prepared and join the VPN, VMs are made and started and do the same, every host gets its firewall, and the services start in the order that they need. A host goes on only where all of it succeeded before; the others do. What is so already is left alone, so it may be said again at any time. A deployment on this machine alone has only its services.",
    examples: [
      { command: "up --dry-run", summary: "every step with its exact command, no host asked" },
      { command: "-d storm up", summary: "the whole test site" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/site/up.ts")).up,
  }),
  defineCommand({
    path: ["down"],
    group: "Whole deployments",
    summary: "Stop all services of the deployment, then its VMs",
    description: "Machines, VPN and firewall stay as they are, and all data.",
    examples: [{ command: "-d storm down", summary: "asks first" }],
    mutates: true,
    load: async () => (await import("../../commands/site/down.ts")).down,
  }),
  defineCommand({
    path: ["grow"],
    group: "Whole deployments",
    summary: "Let new hosts of the services file become part of the site",
    description:
      "One plan: the machines are prepared and join the VPN, an image that they lack is sent to them, the VMs are made, started, prepared and in the VPN, every host of the site gets its firewall, new nodes join the ring one after the other as by smc expand, the other nodes drop what they gave away, and the services of the new hosts start with the proxies in front of them. New are, without a word: nodes that the ring lacks, VMs that were never made, hosts that are not in the VPN. Refused (exit 3), with every reason, where the ring is not whole. smc resume goes on after an interruption.",
    arguments: [
      {
        name: "host",
        summary: "the new hosts; all that are new without any",
        required: false,
        variadic: true,
        complete: "host",
      },
    ],
    options: [cleanupOption, observedDryOption],
    examples: [
      { command: "grow --dry-run", summary: "what is new, and every step; hosts are asked, nothing is done" },
      { command: "grow cloud22,storm-*22", summary: "a new machine with its VMs" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/site/grow.ts")).grow,
  }),
];
