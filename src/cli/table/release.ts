import { readCount } from "../read-count.ts";
import { defineCommand, type ArgumentSpecification, type CommandSpecification } from "../specification.ts";
import { hostsArgument } from "./hosts-argument.ts";
import { pauseOptions } from "./pause-options.ts";

const words: readonly ArgumentSpecification[] = [
  {
    name: "service",
    summary: "a service whose program smc brings, several as hub,snap",
    required: false,
    complete: "service",
  },
  hostsArgument,
];

/** `smc release`. */
export const releaseCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["release"],
    group: "Whole deployments",
    summary: "Bring programs to another version, in batches behind haproxy, and back",
    description:
      "The version goes beside what runs to all hosts, and is compared there file by file, before anything changes. Then batch by batch: current points at it, each instance is taken out of haproxy, restarted, waited for and put back, and the smoke tests of the services file are asked. A batch in which anything fails goes back by itself, and the release ends there. --out writes what was seen well on a deployment for tests; --from takes those very bytes to another, and refuses what no smoke test has held with.",
    arguments: words,
    options: [
      {
        flags: "--to <version>",
        summary:
          "a git ref where the source is git, else a folder or a tarball of this machine (services file)",
      },
      { flags: "--as <name>", summary: "what the version is called on the hosts" },
      {
        flags: "--batch <n>",
        summary: "so many hosts at once, one instance of each (1)",
        parse: readCount,
      },
      { flags: "--rollback", summary: "back to the version before; it lies on the hosts" },
      { flags: "--out <file>", summary: "write what was released when all smoke tests have held with it" },
      { flags: "--from <file>", summary: "release what is in such a file, and nothing else" },
      ...pauseOptions,
    ],
    examples: [
      { command: "-d storm release hub --to v1.5 --out hub.json", summary: "on the deployment for tests" },
      { command: "-d cloud release --from hub.json --batch 4", summary: "the same bytes on the main one" },
      { command: "release hub --rollback", summary: "back" },
      { command: "release hub --to v1.5 --dry-run", summary: "every step; hosts are only looked at" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/release/release.ts")).release,
  }),
  defineCommand({
    path: ["release", "status"],
    group: "Whole deployments",
    summary: "Which version each host has, and the one before",
    description:
      "Exits 0 when every service has one version, 3 when it is mixed, 4 when a host could not be asked.",
    arguments: words,
    examples: [{ command: "release status hub", summary: "one version, or which" }],
    mutates: false,
    load: async () => (await import("../../commands/release/status.ts")).releaseStatus,
  }),
];
