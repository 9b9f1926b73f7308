import { defineCommand, type ArgumentSpecification, type CommandSpecification } from "../specification.ts";
import { readCount } from "../read-count.ts";
import { hostsArgument } from "./hosts-argument.ts";
import { pauseOptions } from "./pause-options.ts";
import { ringRuleOptions } from "./ring-options.ts";
import type { ServiceVerb } from "../../commands/service-verb.ts";

const serviceWords: readonly ArgumentSpecification[] = [
  {
    name: "service",
    summary: "a service of the deployment, or all; vm: its VMs",
    required: true,
    complete: "service",
  },
  hostsArgument,
];

const loadVerb = (verb: ServiceVerb) => async () =>
  (await import("../../commands/service-verb-run.ts")).serviceVerbRun(verb);

/** `smc install | start | stop | restart | reload | status | logs`: the services of a deployment. */
export const serviceCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["start"],
    group: "Services",
    summary: "Start a service, or all of them in the order that they need",
    description:
      "Installs and configures what is missing first. What runs already is left alone. A new database ring is formed one node at a time; --parallel starts the nodes of an existing one together.",
    arguments: serviceWords,
    examples: [
      { command: "start cassandra --parallel", summary: "the whole ring" },
      { command: "start all --dry-run", summary: "every step with its exact command, nothing changed" },
      { command: "start hub 'web[1-7]'", summary: "on some hosts" },
    ],
    mutates: true,
    load: loadVerb("start"),
  }),
  defineCommand({
    path: ["stop"],
    group: "Services",
    summary: "Stop a service, or all of them, clients before what they use",
    description:
      "The database is drained before it is stopped. A part of it is refused (exit 3) when a range of any keyspace would be left with fewer replicas than its clients need.",
    arguments: serviceWords,
    options: [
      { flags: "--allow-loss", summary: "stop even where clients would be refused" },
      { flags: "--force", summary: "with vm: cut the power of a VM that does not shut down" },
      ...ringRuleOptions,
    ],
    examples: [
      { command: "stop all --yes", summary: "the whole deployment" },
      { command: "stop hub web3", summary: "one host" },
    ],
    mutates: true,
    load: loadVerb("stop"),
  }),
  defineCommand({
    path: ["restart"],
    group: "Services",
    summary: "Restart a service one instance after the other, each waited for",
    description:
      "An instance behind haproxy is taken out, restarted, waited for and put back. Nodes of the database go only as far as every range of every keyspace keeps the replicas that its clients need; else it is refused (exit 3). With --parallel they go in as few waves as that allows. Before each wave and after it every other node must see the whole ring up. The first failure ends the run.",
    arguments: serviceWords,
    options: [
      { flags: "--allow-loss", summary: "restart even where clients would be refused meanwhile" },
      { flags: "--force", summary: "with vm: cut the power of a VM that does not shut down" },
      ...pauseOptions(),
      ...ringRuleOptions,
    ],
    examples: [
      { command: "restart cassandra --rolling", summary: "one node at a time" },
      { command: "restart cassandra --parallel 4", summary: "in waves of at most four nodes" },
      {
        command: "restart cassandra --parallel --observed ring.json --dry-run --json",
        summary: "the waves of a ring in a file, no host asked",
      },
      { command: "restart cassandra --canary", summary: "one node; smc resume goes on with the others" },
      { command: "restart hub web3", summary: "the hubs of one host" },
      { command: "restart vm storm-cassandra3", summary: "a VM, its database drained first" },
    ],
    mutates: true,
    load: loadVerb("restart"),
  }),
  defineCommand({
    path: ["reload"],
    group: "Services",
    summary: "Write the configuration and let running instances read it",
    arguments: serviceWords,
    examples: [{ command: "reload haproxy", summary: "after a change in the services file" }],
    mutates: true,
    load: loadVerb("reload"),
  }),
  defineCommand({
    path: ["install"],
    group: "Services",
    summary: "Put the software of a service on its hosts",
    arguments: serviceWords,
    examples: [
      { command: "install cassandra --parallel", summary: "to all hosts at once, with its checksum" },
    ],
    mutates: true,
    load: loadVerb("install"),
  }),
  defineCommand({
    path: ["status"],
    group: "Services",
    summary: "What runs where, as it is now",
    description: "Exits 0 when all run, 3 when something does not, 4 when something could not be asked.",
    arguments: serviceWords.map(word => ({ ...word, required: false })),
    options: [{ flags: "--watch", summary: "look again every few seconds until Ctrl-C" }],
    examples: [
      { command: "status", summary: "everything, equal instances in one row" },
      { command: "status cassandra --json", summary: "for scripts" },
    ],
    mutates: false,
    load: async () => (await import("../../commands/status.ts")).status,
  }),
  defineCommand({
    path: ["logs"],
    group: "Services",
    summary: "The ends of the logs of a service",
    arguments: serviceWords,
    options: [
      { flags: "-F, --follow", summary: "stay and show what is added; -f after logs is the same" },
      { flags: "--lines <count>", summary: "lines of each log", parse: readCount, default: 20 },
    ],
    examples: [{ command: "logs hub web3 -f", summary: "as it is written" }],
    mutates: false,
    load: async () => (await import("../../commands/logs.ts")).logs,
  }),
];
