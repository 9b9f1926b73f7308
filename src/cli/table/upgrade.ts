import { defineCommand, type CommandSpecification } from "../specification.ts";
import { pauseOptions } from "./pause-options.ts";
import { ringRuleOptions } from "./ring-options.ts";

/** `smc upgrade`. */
export const upgradeCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["upgrade"],
    group: "The database",
    summary: "Take every node of the ring to another release, one after the other, and back",
    description:
      "The software is put beside what runs on all hosts first. Then node by node: a snapshot, its clients sent away, drain, stop, the other release, start, and the gates of a rolling restart. A node that does not come up is put back to the release that it had, and the run ends there. All that speaks against an upgrade is told at once (exit 3). As long as releases are mixed, repairs and changes of schema and users are refused. --rollback goes back; --finish ends that: it is a decision of its own.",
    arguments: [{ name: "service", summary: "cassandra", required: true, complete: "service" }],
    options: [
      { flags: "--to <version>", summary: "the release to go to (services file)" },
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
      ...pauseOptions,
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
