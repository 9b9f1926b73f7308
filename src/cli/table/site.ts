import { defineCommand, type CommandSpecification } from "../specification.ts";

/** `smc up | down`: a whole deployment. */
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
];
