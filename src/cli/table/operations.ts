import { OperatorError } from "../../base/operator-error.ts";
import { hostsArgument } from "./hosts-argument.ts";
import { pauseOptions } from "./pause-options.ts";
import { planRepairCommand } from "./repair.ts";
import { ringRuleOptions } from "./ring-options.ts";
import { planUpgradeCommand } from "./upgrade.ts";
import { defineCommand, type CommandSpecification } from "../specification.ts";

const group = "Operations";

/** `smc plan | apply | history | resume | unlock`: plans and runs as things of their own. */
export const operationCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["plan"],
    group,
    summary: "Look at the instances and write down what a verb would do",
    arguments: [
      {
        name: "verb",
        summary: "what to plan",
        required: true,
        choices: ["install", "start", "stop", "restart", "reload"],
      },
      {
        name: "service",
        summary: "a service of the deployment, or all",
        required: true,
        complete: "service",
      },
      hostsArgument,
    ],
    options: [
      { flags: "-o, --output <file>", summary: "write the plan here, for smc apply" },
      { flags: "--allow-loss", summary: "plan a stop or restart even where clients would be refused" },
      ...ringRuleOptions,
    ],
    examples: [
      { command: "plan restart cassandra --rolling -o plan.json", summary: "to be read, and applied later" },
      { command: "plan stop all", summary: "every step with its command" },
    ],
    mutates: false,
    load: async () => (await import("../../commands/plan.ts")).plan,
  }),
  planRepairCommand,
  planUpgradeCommand,
  defineCommand({
    path: ["apply"],
    group,
    summary: "Carry out a plan that was written before, exactly as it stands",
    description:
      "Refused (exit 3) when the services file says something else of its instances by now, or one of them is in another state.",
    arguments: [{ name: "file", summary: "what smc plan -o wrote", required: true }],
    options: pauseOptions("part"),
    examples: [{ command: "apply plan.json", summary: "after reading it" }],
    mutates: true,
    load: async () => (await import("../../commands/apply.ts")).apply,
  }),
  defineCommand({
    path: ["history"],
    group,
    summary: "What was done, by whom and how it ended, newest first",
    options: [{ flags: "--lines <count>", summary: "so many runs", parse: readCount, default: 20 }],
    examples: [
      { command: "history", summary: "the last runs" },
      { command: "history --json --lines 100", summary: "for scripts" },
    ],
    mutates: false,
    load: async () => (await import("../../commands/history.ts")).history,
  }),
  defineCommand({
    path: ["history", "show"],
    group,
    summary: "Every step of a run, from its journal",
    arguments: [{ name: "run", summary: "the id of a run, from smc history", required: true }],
    examples: [{ command: "history show 20261124T031500-ab12", summary: "all attempts of that run" }],
    mutates: false,
    load: async () => (await import("../../commands/history-show.ts")).historyShow,
  }),
  defineCommand({
    path: ["resume"],
    group,
    summary: "Go on with a run that failed, was paused or interrupted, or died",
    description:
      "Asks the hosts what is true. Steps that were completed are not repeated; gates that guard what is still to come are asked again.",
    arguments: [{ name: "run", summary: "the id of a run; the newest one without it", required: false }],
    options: pauseOptions("part"),
    examples: [
      { command: "resume", summary: "the newest run" },
      { command: "resume --dry-run", summary: "the steps that are left" },
      { command: "resume --until 06:00", summary: "until the window ends" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/resume.ts")).resume,
  }),
  defineCommand({
    path: ["unlock"],
    group,
    summary: "Remove the lock of a process that is no more",
    description:
      "The lock of a process that died on this machine needs no unlock: the next run takes it over. A process that lives here keeps its lock unless --force is given.",
    options: [{ flags: "--force", summary: "take the lock from a process that lives" }],
    examples: [{ command: "unlock -d cloud", summary: "after its machine was lost" }],
    mutates: true,
    load: async () => (await import("../../commands/unlock.ts")).unlock,
  }),
];

function readCount(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new OperatorError(`--lines ${text} is not a number of runs`, { code: "USAGE", hint: "--lines 50" });
}
