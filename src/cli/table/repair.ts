import { OperatorError } from "../../base/operator-error.ts";
import { parseDuration, type Milliseconds } from "../../base/units.ts";
import {
  defineCommand,
  type ArgumentSpecification,
  type CommandSpecification,
  type OptionSpecification,
} from "../specification.ts";
import { pauseOptions } from "./pause-options.ts";
import { observedOption } from "./ring-options.ts";

const group = "The database";

const whatArgument: ArgumentSpecification = {
  name: "keyspace",
  summary:
    "KEYSPACE or KEYSPACE.TABLE; without any, every keyspace that is kept more than once, system_auth among them",
  required: false,
  variadic: true,
};

const repairOptions: readonly OptionSpecification[] = [
  { flags: "--full", summary: "compare all data, repaired before or not (the default)" },
  { flags: "--incremental", summary: "compare what was not repaired before" },
  { flags: "--dc <name...>", summary: "only between replicas in these data centres" },
  {
    flags: "--segments <n>",
    summary: "n jobs for each set of replicas, instead of one for each node",
    parse: readSegments,
  },
  {
    flags: "--intensity <share>",
    summary:
      "the share of the time in which nodes work for it, 0.01 to 1: after each command they are left in peace for the rest (1)",
    parse: readIntensity,
  },
  {
    flags: "--since <time>",
    summary:
      "leave out what smc has repaired since then, 5d ago or 2026-11-27T04:00:00Z; as it was called for, on the same nodes",
    parse: (text: string) => readSince(text, new Date()),
  },
  { ...observedOption, summary: `${observedOption.summary}; only with --dry-run` },
];

/** `smc repair` and what was repaired. */
export const repairCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["repair"],
    group,
    summary: "Repair the ring, at most one job on a node at a time",
    description:
      "One job a node, for its primary ranges; with --segments or --dc the jobs are by set of replicas. One at a time, or with --parallel as many as no node takes part in twice. Each waits until no repair is under way on its nodes, and is done when nodetool, its lines and the nodes' own history say so. Refused (exit 3) when a node that takes part is not up or releases are mixed. Ctrl-C begins no more jobs; smc resume repeats none that is done.",
    arguments: [whatArgument],
    options: [...repairOptions, ...pauseOptions("job")],
    examples: [
      { command: "repair --rolling", summary: "everything, one job at a time" },
      { command: "repair site.hub --parallel", summary: "a table, on as many nodes as the ring allows" },
      { command: "repair site --segments 8 --dry-run", summary: "the jobs, wave by wave" },
      { command: "repair --rolling --since 5d --until 06:00", summary: "what is due, until the morning" },
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

/** `smc plan repair`; it stands beside the other plans. */
export const planRepairCommand: CommandSpecification = defineCommand({
  path: ["plan", "repair"],
  group: "Operations",
  summary: "Ask the ring and write down the jobs of a repair",
  description: "The plan is of the ring as it is: smc apply refuses it when the ring is another.",
  arguments: [whatArgument],
  options: [
    { flags: "-o, --output <file>", summary: "write the plan here, for smc apply" },
    ...repairOptions,
  ],
  examples: [{ command: "plan repair site -o plan.json", summary: "to be read, and applied later" }],
  mutates: false,
  load: async () => (await import("../../commands/repair.ts")).planRepairs,
});

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

function readIntensity(text: string): number {
  const share = /^(0?\.\d+|0\.\d+|1(\.0+)?)$/.test(text) ? Number(text) : 0;
  if (share >= 0.01) return share;
  throw new OperatorError(`--intensity takes a share from 0.01 to 1, not "${text}"`, {
    code: "USAGE",
    hint: "--intensity 0.5",
  });
}

/** A duration before `now`, or a time as ISO 8601 has it. */
function readSince(text: string, now: Date): Date {
  const ago = parseDuration(text);
  const time =
    ago === undefined ? new Date(/^\d{4}-\d\d-\d\d/.test(text) ? text : NaN) : new Date(now.getTime() - ago);
  if (!Number.isNaN(time.getTime()) && time <= now) return time;
  throw new OperatorError(`--since takes a time that has been, not "${text}"`, {
    code: "USAGE",
    hint: "--since 5d, or --since 2026-11-27T04:00:00Z",
  });
}
