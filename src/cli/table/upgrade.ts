import {
  defineCommand,
  type ArgumentSpecification,
  type CommandSpecification,
  type OptionSpecification,
} from "../specification.ts";
import { pauseOptions } from "./pause-options.ts";
import { ringRuleOptions } from "./ring-options.ts";

const serviceArgument: ArgumentSpecification = {
  name: "service",
  summary: "cassandra",
  required: true,
  complete: "service",
};

const toOption: OptionSpecification = {
  flags: "--to <version>",
  summary: "the release to go to (services file)",
};

/** `smc upgrade`. */
export const upgradeCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["upgrade"],
    group: "The database",
    summary: "Take every node of the ring to another release, one after the other, and back",
    description:
      "The software is put beside what runs on all hosts first. Then node by node: a snapshot, its clients sent away, drain, stop, the other release, start, and the gates of a rolling restart. A node that does not come up is put back to the release that it had, and the run ends there. All that speaks against an upgrade is told at once (exit 3). As long as releases are mixed, repairs and changes of schema and users are refused. --rollback goes back; --finish ends that: it is a decision of its own.",
    arguments: [serviceArgument],
    options: [
      toOption,
      { flags: "--rollback", summary: "back to the release of --to, which the nodes come from" },
      {
        flags: "--allow-loss",
        summary:
          "with --rollback to a line before: lose the tables that were made since the upgrade, and what was altered of others",
      },
      {
        flags: "--finish",
        summary:
          "when all nodes run the release: let it write its own formats, and write older files anew; there is no way back then",
      },
      ...pauseOptions("node"),
      ...ringRuleOptions,
    ],
    examples: [
      {
        command: "upgrade cassandra --to 5.0.6 --dry-run",
        summary: "what speaks against it, and every step",
      },
      {
        command: "upgrade cassandra --to 5.0.6 --canary",
        summary: "one node; smc resume goes on with the others",
      },
      { command: "upgrade cassandra --to 4.1.10 --rollback", summary: "back, before --finish" },
      { command: "upgrade cassandra --finish", summary: "when nobody wants to go back any more" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/upgrade.ts")).upgrade,
  }),
];

/** `smc plan upgrade`; it stands beside the other plans. */
export const planUpgradeCommand: CommandSpecification = defineCommand({
  path: ["plan", "upgrade"],
  group: "Operations",
  summary: "Look at the ring and its hosts and write down the steps of an upgrade",
  description:
    "smc apply refuses it when the services file or the ring is another by then, and takes no node that runs another release; hosts are not looked at once more, so it is not for long. --rollback and --finish are not written down: they go by what is so when they begin.",
  arguments: [serviceArgument],
  options: [
    { flags: "-o, --output <file>", summary: "write the plan here, for smc apply" },
    toOption,
    ...ringRuleOptions,
  ],
  examples: [
    { command: "plan upgrade cassandra --to 5.0.6 -o plan.json", summary: "to be read, and applied later" },
  ],
  mutates: false,
  load: async () => (await import("../../commands/upgrade.ts")).planUpgrades,
});
