import { OperatorError } from "../../base/operator-error.ts";
import { parseDuration, type Milliseconds } from "../../base/units.ts";
import { defineCommand, type CommandSpecification } from "../specification.ts";
import { observedOption } from "./ring-options.ts";

const group = "The database";

/** `smc repair` and what was repaired. */
export const repairCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["repair"],
    group,
    summary: "Repair the ring, at most one job on a node at a time",
    description:
      "One job a node, for its primary ranges; with --segments or --dc the jobs are by set of replicas. One at a time, or with --parallel as many as no node takes part in twice. Each waits until no repair is under way on its nodes, and is done when nodetool, its lines and the nodes' own history say so. Refused (exit 3) when a node that takes part is not up or releases are mixed. Ctrl-C begins no more jobs; smc resume repeats none that is done.",
    arguments: [
      {
        name: "keyspace",
        summary:
          "KEYSPACE or KEYSPACE.TABLE; without any, every keyspace that is kept more than once, system_auth among them",
        required: false,
        variadic: true,
      },
    ],
    options: [
      { flags: "--full", summary: "compare all data, repaired before or not (the default)" },
      { flags: "--incremental", summary: "compare what was not repaired before" },
      { flags: "--dc <name...>", summary: "only between replicas in these data centres" },
      {
        flags: "--segments <n>",
        summary: "n jobs for each set of replicas, instead of one for each node",
        parse: readSegments,
      },
      { ...observedOption, summary: `${observedOption.summary}; only with --dry-run` },
    ],
    examples: [
      { command: "repair --rolling", summary: "everything, one job at a time" },
      { command: "repair site.hub --parallel", summary: "a table, on as many nodes as the ring allows" },
      { command: "repair site --segments 8 --dry-run", summary: "the jobs, wave by wave" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/repair.ts")).repair,
  }),
  defineCommand({
    path: ["repair", "status"],
    group,
    summary: "What smc has repaired of each table, and how long ago",
    description:
      "By the ledger, which has what smc repaired from this machine. A table must be repaired whole within its gc_grace_seconds, or what was deleted can come back.",
    options: [
      {
        flags: "--fail-if-expiring <duration>",
        summary: "exit 3 when some range is to be repaired within this time, such as 2d, or was never",
        parse: readMargin,
      },
    ],
    examples: [
      { command: "repair status", summary: "one row for tables that are alike" },
      { command: "repair status --fail-if-expiring 2d", summary: "for a monitoring script" },
    ],
    mutates: false,
    load: async () => (await import("../../commands/repair-status.ts")).repairStatus,
  }),
];

function readSegments(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new OperatorError(`--segments takes a number from 1 up, not "${text}"`, {
    code: "USAGE",
    hint: "--segments 8",
  });
}

function readMargin(text: string): Milliseconds {
  const duration = parseDuration(text);
  if (duration !== undefined) return duration;
  throw new OperatorError(`--fail-if-expiring takes a duration, not "${text}"`, {
    code: "USAGE",
    hint: "--fail-if-expiring 2d",
  });
}
