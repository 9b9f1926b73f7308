import { defineCommand, type CommandSpecification } from "../specification.ts";

const group = "What is in the database";

const staleOption = {
  flags: "--allow-stale",
  summary: "even where reads may miss what was written, until the repair is done",
};

/** `smc replication | users | compute`: what the database holds. */
export const contentCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["replication", "plan"],
    group,
    summary: "Compare the replicas of every keyspace with the services file, and show what would change",
    description:
      "Asks every node of the ring and changes nothing. Refused (exit 3) where the ring has no such data centre, too few nodes in it, or clients would read old data until a repair.",
    options: [staleOption],
    examples: [{ command: "replication plan", summary: "before and after, and every statement" }],
    mutates: false,
    load: async () => (await import("../../commands/replication.ts")).replication(false),
  }),
  defineCommand({
    path: ["replication", "apply"],
    group,
    summary: "Give every keyspace the replicas that the services file says",
    description:
      "One statement for each keyspace that differs; the logins one replica at a time, read from all replicas in between. The repair that it makes necessary is named at the end.",
    options: [staleOption],
    examples: [{ command: "replication apply", summary: "asks before it changes anything" }],
    mutates: true,
    load: async () => (await import("../../commands/replication.ts")).replication(true),
  }),
  defineCommand({
    path: ["users", "plan"],
    group,
    summary: "Compare users, rights and passwords with the services file, and show what would change",
    examples: [{ command: "users plan", summary: "before and after, and every statement" }],
    mutates: false,
    load: async () => (await import("../../commands/users.ts")).users(false),
  }),
  defineCommand({
    path: ["users", "apply"],
    group,
    summary: "Make users, give and take rights, set passwords, drop who is to go",
    description:
      "Users are dropped last: when a superuser of the services file has logged in, and nobody is logged in as them. A user that the services file does not name is left alone.",
    examples: [{ command: "users apply", summary: "after a change of users: or of a password in secrets/" }],
    mutates: true,
    load: async () => (await import("../../commands/users.ts")).users(true),
  }),
  defineCommand({
    path: ["compute", "sync"],
    group,
    summary: "Write the status of every compute server from the services file into the database",
    description:
      "Differences only, shown before and after. Servers that the services file does not name are left alone.",
    examples: [
      { command: "compute sync --dry-run", summary: "what would change" },
      { command: "compute sync", summary: "after a change of status: in the services file" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/compute.ts")).syncCompute,
  }),
  defineCommand({
    path: ["compute", "set"],
    group,
    summary: "Set the status of one compute server",
    description: "Says so when the services file says something else; the next sync would set it back.",
    arguments: [
      { name: "host", summary: "a compute server", required: true, complete: "host" },
      { name: "status", summary: "its status", required: true, choices: ["on", "no-new-projects", "off"] },
    ],
    examples: [{ command: "compute set compute3a off", summary: "at once, for work on it" }],
    mutates: true,
    load: async () => (await import("../../commands/compute.ts")).setCompute,
  }),
];
