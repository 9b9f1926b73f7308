import { defineCommand, type CommandSpecification } from "../specification.ts";
import { hostsArgument } from "./hosts-argument.ts";

const group = "The fleet";

const command = {
  name: "command",
  summary: "after --: several words run as they are, a single one is a line for /bin/sh",
} as const;

/** `smc run | ssh | push | pull | doctor`: the hosts as hosts, whatever runs on them. */
export const fleetCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["run"],
    group,
    summary: "Run a command on many hosts and show equal answers once",
    arguments: [{ ...command, required: false, variadic: true }],
    options: [{ flags: "--as <user>", summary: "become this user on each host" }],
    examples: [
      { command: "run --on web[1-7] -- uptime", summary: "on seven hosts at once" },
      {
        command: "run --on @compute --as root -- apt-get -qy upgrade",
        summary: "as root, on the hosts of a role",
      },
      { command: "run --on web1 -- 'df -h | tail -1'", summary: "a line for the shell" },
      {
        command: "run --rolling -- systemctl restart ntp",
        summary: "one host at a time, ends at the first failure",
      },
    ],
    mutates: true,
    load: async () => (await import("../../commands/run.ts")).run,
  }),
  defineCommand({
    path: ["ssh"],
    group,
    summary: "Open a shell on one host",
    arguments: [
      { name: "host", summary: "where", required: true, complete: "host" },
      { ...command, required: false, variadic: true },
    ],
    examples: [
      { command: "ssh web3", summary: "a shell" },
      { command: "ssh -d storm web3 -- top", summary: "one command, in your terminal" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/ssh.ts")).ssh,
  }),
  defineCommand({
    path: ["doctor"],
    group,
    summary: "Check whether smc can work on the hosts: reachable, sudo, disk, Java, clock, reboots, ports",
    description: "Changes nothing. Exits 1 when a host has a problem.",
    arguments: [hostsArgument],
    examples: [{ command: "doctor", summary: "before the first start" }],
    mutates: false,
    load: async () => (await import("../../commands/doctor.ts")).doctor,
  }),
];
