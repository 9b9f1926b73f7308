import type { CommandSpecification, Example } from "./specification.ts";

/** What a word says that is no verb of its own but holds some: `secrets init`. */
export const groupSummaries: Readonly<Record<string, string>> = {
  compute: "Say what a compute server takes on",
  firewall: "Open the ports that services need, and no others",
  image: "Make base images for VMs and bring them to the machines",
  passwords: "Give accounts of hosts new passwords",
  replication: "Give keyspaces the replicas of the services file",
  secrets: "Keep the passwords and keys of a deployment",
  snapshot: "Take snapshots of the database, list and delete them",
  users: "Give the database the users and rights of the services file",
  vm: "Make VMs, look at them and delete them",
  vpn: "Bring hosts into the VPN, out of it, and look at it",
};

const ROOT_EXAMPLES: readonly Example[] = [
  { command: "check", summary: "is the services file right?" },
  { command: "status", summary: "what runs, and what does not" },
  { command: "restart hub web3", summary: "one service on one host" },
  { command: "start cassandra --parallel --dry-run", summary: "read the plan before it runs" },
  { command: "run --on web[1-7] -- uptime", summary: "one command on seven hosts" },
];

/** The head of `smc --help`. */
export function rootHelp(commands: readonly CommandSpecification[]): string {
  const verbs = new Set(commands.map(({ path }) => path[0]));
  const examples = ROOT_EXAMPLES.filter(({ command }) => verbs.has(command.split(" ")[0]));
  return withExamples("Runs the infrastructure of a whole site from one services file.", examples);
}

/** The head of `smc VERB --help`: what it does, then examples, before any list of options. */
export function verbHelp({ summary, description, examples }: CommandSpecification): string {
  const text = description === undefined ? `${summary}.` : `${summary}.\n\n${description}`;
  return withExamples(text, examples);
}

function withExamples(text: string, examples: readonly Example[]): string {
  if (examples.length === 0) return text;
  const width = Math.max(...examples.map(example => example.command.length));
  const lines = examples.map(({ command, summary }) => `  smc ${command.padEnd(width)}  ${summary}`);
  return `${text}\n\nExamples:\n${lines.join("\n")}`;
}
