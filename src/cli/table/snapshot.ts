import { defineCommand, type ArgumentSpecification, type CommandSpecification } from "../specification.ts";

const group = "The database";
const nameWord: ArgumentSpecification = { name: "name", summary: "the name of the snapshot", required: true };

/** `smc snapshot create | list | delete | restore`. */
export const snapshotCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["snapshot", "create"],
    group,
    summary: "Take a snapshot on every node at once",
    description:
      "Looked for on the disk of each node afterwards. A node that has it already is left alone. --on takes some nodes only.",
    arguments: [
      nameWord,
      { name: "keyspace", summary: "keyspaces; all without any", required: false, variadic: true },
    ],
    examples: [
      { command: "snapshot create before-upgrade", summary: "of all keyspaces" },
      { command: "snapshot create daily salvus", summary: "of one" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/snapshot/change.ts")).createSnapshot,
  }),
  defineCommand({
    path: ["snapshot", "list"],
    group,
    summary: "The snapshots on the disks of the nodes, oldest first",
    description: "Exits 4 when a node cannot tell.",
    examples: [{ command: "snapshot list", summary: "what takes room, and which nodes lack one" }],
    mutates: false,
    load: async () => (await import("../../commands/snapshot/list.ts")).listSnapshots,
  }),
  defineCommand({
    path: ["snapshot", "delete"],
    group,
    summary: "Delete a snapshot on every node",
    description: "Asks for its name to be typed.",
    arguments: [nameWord],
    examples: [{ command: "snapshot delete before-upgrade", summary: "when it is not needed any more" }],
    mutates: true,
    load: async () => (await import("../../commands/snapshot/change.ts")).deleteSnapshot,
  }),
  defineCommand({
    path: ["snapshot", "restore"],
    group,
    summary: "Bring one table back to a snapshot, on a ring that runs",
    description:
      "Every node must be up and have the table in the snapshot. What the table holds now is kept in a second snapshot; then it is emptied and filled. Clients read an incomplete table meanwhile: stop them first. Asks for the name of the table to be typed.",
    arguments: [nameWord, { name: "table", summary: "KEYSPACE.TABLE", required: true }],
    examples: [{ command: "snapshot restore daily salvus.accounts", summary: "after a mistake" }],
    mutates: true,
    load: async () => (await import("../../commands/snapshot/change.ts")).restoreSnapshot,
  }),
];
