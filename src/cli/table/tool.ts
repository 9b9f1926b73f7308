import { HOST_FORMATS } from "../../base/host-formats.ts";
import { defineCommand, type CommandSpecification } from "../specification.ts";

const group = "The file and the tool";

/** `smc inventory | hosts | check | secrets | import | completion`: the services file and smc itself. */
export const toolCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["check"],
    group,
    summary: "Check the services file: form, rules, what is missing here",
    description:
      "Every problem of every deployment is printed with its line and what to write instead. A ${env:…}, ${json:…} or " +
      "${secret:…} without a value on this machine is a warning, and with -d an error in that deployment.",
    examples: [
      { command: "check", summary: "the whole file" },
      { command: "check -d cloud", summary: "and whether cloud can be used from here" },
    ],
    mutates: false,
    load: async () => (await import("../../commands/check.ts")).check,
  }),
  defineCommand({
    path: ["inventory"],
    group,
    summary: "Show what the services file comes to: hosts, services, ports",
    options: [{ flags: "--origin", summary: "every value with the line that gave it" }],
    examples: [
      { command: "inventory -d storm", summary: "one deployment" },
      { command: "inventory --json", summary: "everything, for scripts" },
      { command: "inventory -d cloud --origin | grep web3", summary: "which lines say what of web3" },
    ],
    mutates: false,
    load: async () => (await import("../../commands/inventory.ts")).inventory,
  }),
  defineCommand({
    path: ["hosts"],
    group,
    summary: "List the hosts of a deployment and what runs on each",
    arguments: [
      {
        name: "host",
        summary: "names, @role, web[1-7], globs, !excluded; all without any",
        required: false,
        variadic: true,
        complete: "host",
      },
    ],
    options: [
      {
        flags: "--format <format>",
        summary: "a block for /etc/hosts, an ssh_config, or the host keys that this machine trusts",
        choices: HOST_FORMATS,
      },
    ],
    examples: [
      { command: "hosts @web !web10", summary: "some of them" },
      { command: "hosts --format ssh-config > ~/.ssh/site", summary: "to Include in ~/.ssh/config" },
      { command: "hosts --json", summary: "for scripts" },
    ],
    mutates: false,
    load: async () => (await import("../../commands/hosts.ts")).hosts,
  }),
  defineCommand({
    path: ["import"],
    group,
    summary: "Turn an old pair of hosts and services into a services file",
    description:
      "Nothing in the old files is executed. Literals, names, arithmetic, lists and % formatting are evaluated; anything " +
      "else stops with its line and asks for a value. Hosts and rows that follow a pattern become ranges again. The " +
      "result is checked as smc check does, and the head of the file says what was left out.",
    arguments: [
      { name: "folder", summary: "the folder that has the files hosts and services", required: true },
    ],
    options: [
      { flags: "-o, --output <path>", summary: "write there instead of to stdout" },
      { flags: "--force", summary: "replace the output file when it is there already" },
      {
        flags: "--set <name=value>",
        summary: "the value of a name that cannot be evaluated; may be given several times",
        parse: (text: string, before: readonly string[] = []) => [...before, text],
      },
    ],
    examples: [
      { command: "import conf/deploy_cloud -o conf/services.yaml", summary: "the deployment cloud" },
      {
        command: "import deploy_cloud --set base=salvus-2014-06-27 -d cloud",
        summary: "with a value that the file has from a command",
      },
    ],
    mutates: false,
    load: async () => (await import("../../commands/import.ts")).importFolder,
  }),
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
  defineCommand({
    path: ["secrets", "init"],
    group,
    summary: "Make up the passwords that a deployment needs",
    description:
      "Random, one file each below secrets/DEPLOYMENT, readable by you alone. What is there is left alone; what has to come from outside, such as a certificate, is named.",
    examples: [{ command: "secrets init -d cloud", summary: "before the first start" }],
    mutates: true,
    load: async () => (await import("../../commands/secrets.ts")).initSecrets,
  }),
  defineCommand({
    path: ["secrets", "list"],
    group,
    summary: "List the secrets of a deployment by name, never by value",
    examples: [{ command: "secrets list", summary: "which are there, which are missing" }],
    mutates: false,
    load: async () => (await import("../../commands/secrets.ts")).listSecrets,
  }),
  defineCommand({
    path: ["secrets", "check"],
    group,
    summary: "Check that the secrets are there, private and not in version control",
    examples: [{ command: "secrets check", summary: "in CI" }],
    mutates: false,
    load: async () => (await import("../../commands/secrets.ts")).checkSecrets,
  }),
];
