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
      {
        name: "host",
        summary: "hosts: names, @role, web[1-7], globs, !excluded; all without any",
        required: false,
        variadic: true,
        complete: "host",
      },
    ],
    options: [
      { flags: "-o, --output <file>", summary: "write the plan here, for smc apply" },
      { flags: "--allow-loss", summary: "plan a stop even where clients would be refused" },
    ],
    examples: [
      { command: "plan restart cassandra --rolling -o plan.json", summary: "to be read, and applied later" },
      { command: "plan stop all", summary: "every step with its command" },
    ],
    mutates: false,
    load: async () => (await import("../../commands/plan.ts")).plan,
  }),
  defineCommand({
    path: ["apply"],
    group,
    summary: "Carry out a plan that was written before, exactly as it stands",
    description:
      "Refused (exit 3) when the services file says something else of its instances by now, or one of them is in another state.",
    arguments: [{ name: "file", summary: "what smc plan -o wrote", required: true }],
    examples: [{ command: "apply plan.json", summary: "after reading it" }],
    mutates: true,
    load: async () => (await import("../../commands/apply.ts")).apply,
  }),
];
