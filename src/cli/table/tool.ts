import { defineCommand, type CommandSpecification } from "../specification.ts";

const group = "The file and the tool";

/** `smc inventory | hosts | check | secrets | import | completion`: the services file and smc itself. */
export const toolCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["completion"],
    group,
    summary: "Print the script that makes a shell complete smc",
    arguments: [
      {
        name: "shell",
        summary: "the shell that you use",
        required: true,
        choices: ["bash", "zsh", "fish"],
      },
    ],
    examples: [
      {
        command: "completion bash > ~/.local/share/bash-completion/completions/smc",
        summary: "for bash, for good",
      },
      { command: "completion fish | source", summary: "for this fish" },
    ],
    mutates: false,
    load: async () => (await import("../../commands/completion.ts")).completion,
  }),
];
