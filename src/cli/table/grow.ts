import { defineCommand, type ArgumentSpecification, type CommandSpecification } from "../specification.ts";
import { cleanupOption, observedDryOption as observed } from "./ring-options.ts";

const group = "The database";
const host = (name: string, summary: string): ArgumentSpecification => ({
  name,
  summary,
  required: true,
  complete: "host",
});

/** `smc expand | shrink | replace | cleanup`: who is in the ring. */
export const growCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["expand"],
    group,
    summary: "Let new nodes join the ring, one after the other",
    description:
      "The nodes that the services file has and the ring has not. Software and files go to all of them at once; then each joins when every live node sees the whole ring with the one before. In the end the others drop what they do not hold any more. Refused (exit 3), with every reason, unless the ring is whole. smc resume goes on after an interruption.",
    arguments: [
      {
        ...host("host", "the new nodes; all that the ring lacks without any"),
        required: false,
        variadic: true,
      },
    ],
    options: [cleanupOption, observed],
    examples: [
      { command: "expand", summary: "every node that is new in the services file" },
      { command: "expand db20 --dry-run", summary: "the steps, and whether anything is in the way" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/grow/expand.ts")).expand,
  }),
  defineCommand({
    path: ["shrink"],
    group,
    summary: "Take nodes out of the ring, one after the other",
    description:
      "A node gives all of its data to the others, is forgotten by all of them, is stopped, and does not come back at boot; its data stays on its host. Refused (exit 3) where a keyspace has more replicas than nodes would be left, where a disk would overflow, or where the ring is not whole. What leaves already is waited for.",
    arguments: [{ ...host("host", "the nodes that leave"), variadic: true }],
    options: [observed],
    examples: [
      { command: "shrink db4 --dry-run", summary: "what the others would gain, and what room they have" },
      { command: "shrink db4", summary: "then take it out of the services file" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/grow/shrink.ts")).shrink,
  }),
  defineCommand({
    path: ["replace"],
    group,
    summary: "Let a new node take the place of a dead one",
    description:
      "Every live node must say that the old one is down; the new one has the same data centre and rack. Both words may name one host, whose data folder is then empty. Refused (exit 3) otherwise.",
    arguments: [
      host("dead", "the node that is down; an address where the services file has it no more"),
      host("new", "the node of the services file that takes its place"),
    ],
    options: [observed],
    examples: [
      { command: "replace db3 db9", summary: "on another host" },
      { command: "replace db3 db3", summary: "on the same host, after its disk was replaced" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/grow/replace.ts")).replace,
  }),
  defineCommand({
    path: ["cleanup"],
    group,
    summary: "Let nodes drop what they do not hold any more",
    description:
      "nodetool cleanup, at most one node of every set of replicas at a time. It is part of smc expand, unless --no-cleanup was said. Refused (exit 3) unless the ring is whole.",
    arguments: [{ ...host("host", "nodes; all without any"), required: false, variadic: true }],
    options: [observed],
    examples: [{ command: "cleanup", summary: "after smc expand --no-cleanup" }],
    mutates: true,
    load: async () => (await import("../../commands/grow/cleanup.ts")).cleanup,
  }),
];
