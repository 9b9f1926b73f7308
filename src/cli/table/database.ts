import { defineCommand, type CommandSpecification } from "../specification.ts";
import { growCommands } from "./grow.ts";
import { repairCommands } from "./repair.ts";
import { consistencyOption, observedOption } from "./ring-options.ts";
import { snapshotCommands } from "./snapshot.ts";
import { upgradeCommands } from "./upgrade.ts";

/** `smc ring | repair | upgrade | expand | shrink | replace | cleanup | snapshot`: the database as a whole. */
export const databaseCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["ring"],
    group: "The database",
    summary: "The ring as its nodes tell of it, and what a loss of nodes would cost",
    description:
      "Every node is asked for its picture of all others, and the replicas that smc computes are compared with those that Cassandra tells. Exits 0 when all is well, 3 when something is not or --if-down would lose a quorum, 4 when of some node nobody can tell.",
    options: [
      {
        flags: "--if-down <host...>",
        summary:
          "which keyspaces lose what their clients need if these nodes stop; @DC0 and @RACK name groups",
        complete: "host",
      },
      { flags: "--save <file>", summary: "write down what was observed, for --observed" },
      observedOption,
      { flags: "--keyspace <name>", summary: "show the share of this keyspace that each node holds" },
      consistencyOption,
    ],
    examples: [
      { command: "ring", summary: "equal nodes in one row" },
      { command: "ring --if-down db3 db7", summary: "before two nodes are taken away" },
      { command: "ring --save ring.json", summary: "to plan with, offline" },
    ],
    mutates: false,
    load: async () => (await import("../../commands/ring.ts")).ring,
  }),
  ...repairCommands,
  ...upgradeCommands,
  ...growCommands,
  ...snapshotCommands,
];
